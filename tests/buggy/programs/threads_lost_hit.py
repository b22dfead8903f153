# expects: ATOM001 hit
"""A statistics object counts hits: it reads, adds one and stores, without a lock."""

import threading


class Statistics:
    def __init__(self) -> None:
        self.hits = 0
        self.last = ""

    def hit(self, page: str) -> None:
        hits = self.hits + 1
        self.last = page
        self.hits = hits


statistics = Statistics()
threads = [threading.Thread(target=statistics.hit, args=(page,)) for page in ("home", "news", "shop")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
