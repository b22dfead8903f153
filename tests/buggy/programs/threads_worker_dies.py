# expects: TASK006 work
"""Two workers empty a list; the second one may find it empty after it looked."""

import threading

jobs = ["only one"]
done: list[str] = []


def work() -> None:
    while jobs:
        name = jobs[0]
        jobs.pop()
        done.append(name)


threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
