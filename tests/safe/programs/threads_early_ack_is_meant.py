"""At most once: a message is acknowledged on its own link before it is handled, and the link goes back first thing afterwards."""

import queue
import threading
from collections import deque


class Link:
    def __init__(self):
        self.acked = []

    def ack(self, tag):
        self.acked.append(tag)


class Links:
    def __init__(self, links):
        self.free = deque(links)
        self.returned = threading.Condition()

    def take(self):
        with self.returned:
            self.returned.wait_for(lambda: self.free)
            return self.free.popleft()

    def give(self, link):
        with self.returned:
            self.free.append(link)
            self.returned.notify()


def work(links, messages, handled):
    while (tag := messages.get()) is not None:
        link = links.take()
        try:
            link.ack(tag)
        finally:
            links.give(link)
        handled.append(tag)


def main():
    all_links = [Link(), Link()]
    links, messages, handled = Links(all_links), queue.Queue(), []
    workers = [threading.Thread(target=work, args=(links, messages, handled)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for tag in range(5):
        messages.put(tag)
    for _ in workers:
        messages.put(None)
    for worker in workers:
        worker.join()
    assert sorted(handled) == sorted(tag for link in all_links for tag in link.acked) == [0, 1, 2, 3, 4]


main()
