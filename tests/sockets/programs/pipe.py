"""A thread waits for a pipe."""

import os
import select
import threading

reading, writing = os.pipe()
got = []


def wait():
    select.select([reading], [], [])
    got.append(os.read(reading, 10))


def main():
    waiting = threading.Thread(target=wait)
    waiting.start()
    os.write(writing, b"now")
    waiting.join()
    assert got == [b"now"]


if __name__ == "__main__":
    main()
