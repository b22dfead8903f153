"""The last one closes under the lock; or takes the file out under it and closes it outside; or only says that nobody is left."""

import threading


class File:
    def __init__(self):
        self.is_open = True

    def close(self):
        self.is_open = False


class Shared:
    def __init__(self):
        self.lock = threading.Lock()
        self.users = 0
        self.is_open = False
        self.file = None
        self.times_empty = 0
        self.idle = True

    def enter(self):
        with self.lock:
            self.users += 1
            if not self.is_open:
                self.is_open = True
            if self.file is None:
                self.file = File()
            return self.file

    def leave(self):
        file = None
        with self.lock:
            self.users -= 1
            last = self.users == 0
            if last:
                self.close()
                file, self.file = self.file, None
        if file is not None:
            file.close()
        if last:
            self.now_idle()

    def close(self):
        self.is_open = False

    def now_idle(self):
        self.idle = True


def work(shared):
    file = shared.enter()
    assert shared.is_open
    assert file.is_open
    shared.leave()


shared = Shared()
threads = [threading.Thread(target=work, args=(shared,)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not shared.is_open
