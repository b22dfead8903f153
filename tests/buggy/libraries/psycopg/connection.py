import time


class Connection:
    __module__ = "psycopg"

    def __init__(self):
        self.closed = self.broken = False

    @classmethod
    def connect(cls):
        time.sleep(0.01)
        return cls()

    def close(self):
        self.closed = True
