"""Listeners are copied under the lock and called without it; they call back in."""

import threading


class Board:
    def __init__(self):
        self.lock = threading.Lock()
        self.listeners = []
        self.notes = []

    def listen(self, listener):
        with self.lock:
            self.listeners.append(listener)

    def post(self, note):
        with self.lock:
            self.notes.append(note)
            listeners = list(self.listeners)
        for listener in listeners:
            listener(self, note)

    def count(self):
        with self.lock:
            return len(self.notes)


def main():
    board, counts = Board(), []
    board.listen(lambda board, note: counts.append(board.count()))
    threads = [threading.Thread(target=board.post, args=(note,)) for note in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 2 and max(counts) == 2


main()
