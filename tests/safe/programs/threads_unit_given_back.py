"""A unit is taken first, then looked at, and given back where it is one too many: what is given back was this call's own."""

import threading


class Limiter:
    def __init__(self, limit):
        self.limit = limit
        self.lock = threading.Lock()
        self.active = self.inflight = self.refused = 0

    def reserve(self):
        with self.lock:
            self.active += 1
            overloaded = self.active > self.limit
        if overloaded:
            with self.lock:
                self.active -= 1
            return
        with self.lock:
            self.active -= 1

    def enter(self):
        with self.lock:
            self.inflight += 1
        if self.inflight > 1:
            with self.lock:
                self.refused += 1
                self.inflight -= 1
            return
        try:
            self.reserve()
        finally:
            if self.inflight >= 1:
                with self.lock:
                    self.inflight -= 1


limiter = Limiter(1)
threads = [threading.Thread(target=target) for target in (limiter.reserve, limiter.enter, limiter.enter)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert limiter.active == limiter.inflight == 0
