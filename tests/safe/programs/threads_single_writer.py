"""One thread writes what it read before; the others only look."""

import threading


class Progress:
    def __init__(self) -> None:
        self.done = 0

    def advance(self) -> None:
        for _ in range(3):
            now = self.done
            self.done = now + 1


progress = Progress()
seen: list[int] = []
writer = threading.Thread(target=progress.advance)
reader = threading.Thread(target=lambda: seen.append(progress.done))
for thread in (writer, reader):
    thread.start()
for thread in (writer, reader):
    thread.join()
assert progress.done == 3 and 0 <= seen[0] <= 3
