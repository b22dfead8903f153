"""A switchboard opens a line for the first caller; a second first caller opens it again, and the first is forgotten. In a ThreadPoolExecutor."""

import threading
from concurrent.futures import ThreadPoolExecutor


class Switchboard:
    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self.guard = threading.Lock()

    def call(self, line: str, caller: str) -> None:
        if line not in self.lines:
            self.lines[line] = []
        self.lines[line].append(caller)


def main() -> None:
    board = Switchboard()
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [
            pool.submit(board.call, "desk", "ann"),
            pool.submit(board.call, "desk", "bob"),
        ]
    for job in running:
        job.result()


if __name__ == "__main__":
    main()
