"""A switchboard opens a line for the first caller, under a lock."""

import threading


class Switchboard:
    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {}
        self.guard = threading.Lock()

    def call(self, line: str, caller: str) -> None:
        with self.guard:
            if line not in self.lines:
                self.lines[line] = []
            self.lines[line].append(caller)


def main() -> None:
    board = Switchboard()
    threads = [
        threading.Thread(target=board.call, args=("desk", "ann")),
        threading.Thread(target=board.call, args=("desk", "bob")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
