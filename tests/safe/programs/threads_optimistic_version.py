"""The version is looked at under the lock: a value made from an old one is thrown away."""

import threading


class Document:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.version = 0
        self.lines: list[str] = []

    def append(self, line: str) -> None:
        while True:
            with self.lock:
                version, lines = self.version, self.lines
            changed = [*lines, line]
            with self.lock:
                if self.version == version:
                    self.lines = changed
                    self.version = version + 1
                    return


document = Document()
threads = [threading.Thread(target=document.append, args=(w,)) for w in ("a", "b")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(document.lines) == ["a", "b"]
