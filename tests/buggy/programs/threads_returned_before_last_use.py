# expects: POOL001 query
"""The link goes back to the queue of links before its statistics are written."""

import queue
import threading


class Link:
    def __init__(self) -> None:
        self.sent = 0
        self.answers: list[str] = []

    def ask(self, question: str) -> str:
        self.sent += 1
        return question.upper()

    def note(self, answer: str) -> None:
        self.answers.append(answer)


links: queue.Queue[Link] = queue.Queue()
links.put(Link())


def query(question: str) -> None:
    link = links.get()
    try:
        answer = link.ask(question)
    finally:
        links.put(link)
    link.note(answer)


threads = [threading.Thread(target=query, args=(q,)) for q in ("who", "what")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
