"""A thread waits for a pipe another process writes to."""

import os
import select
import subprocess
import threading

reading, writing = os.pipe()
got = []


def wait():
    select.select([reading], [], [])
    got.append(os.read(reading, 10))


def main():
    waiting = threading.Thread(target=wait)
    waiting.start()
    child = subprocess.Popen(["echo", "now"], stdout=writing)
    waiting.join()
    child.wait()
    assert got == [b"now\n"]


if __name__ == "__main__":
    main()
