# expects: ATOM001 SharedFile.leave
"""That nobody is left is found under the lock, and the file is closed outside of it: somebody has come meanwhile and found it open."""

import threading


class SharedFile:
    def __init__(self):
        self.lock = threading.Lock()
        self.users = 0
        self.is_open = False
        self.lost = 0

    def enter(self):
        with self.lock:
            self.users += 1
            if not self.is_open:
                self.is_open = True

    def leave(self):
        with self.lock:
            self.users -= 1
            last = self.users == 0
        if last:
            self.close()

    def close(self):
        self.is_open = False

    def write(self):
        if not self.is_open:
            self.lost += 1


def work(file):
    file.enter()
    file.write()
    file.leave()


file = SharedFile()
threads = [threading.Thread(target=work, args=(file,)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
