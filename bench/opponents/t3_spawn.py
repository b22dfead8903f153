"""A switchboard opens a line for the first caller; a second first caller opens it again, and the first is forgotten. Its threads are started by a thread."""

import threading


class Switchboard:
    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self.guard = threading.Lock()

    def call(self, line: str, caller: str) -> None:
        if line not in self.lines:
            self.lines[line] = []
        self.lines[line].append(caller)


def work() -> None:
    board = Switchboard()
    threads = [
        threading.Thread(target=board.call, args=("desk", "ann")),
        threading.Thread(target=board.call, args=("desk", "bob")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


if __name__ == "__main__":
    main()
