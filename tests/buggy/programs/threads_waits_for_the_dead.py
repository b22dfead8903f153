# expects: TASK006 work
"""The main thread polls for a result that a dead worker will never set."""

import threading
import time

numbers = [1, 2]
result: list[int] = []


def work() -> None:
    first = numbers[0]
    second = numbers[1]
    result.append(first + second)


def clean() -> None:
    numbers.clear()


def main() -> None:
    for target in (work, clean):
        threading.Thread(target=target, daemon=True).start()
    while not result:
        time.sleep(0.05)


main()
