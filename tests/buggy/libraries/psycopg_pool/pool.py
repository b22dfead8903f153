import threading
from collections import deque

from psycopg.connection import Connection


class ConnectionPool:
    def __init__(self, looks_again):
        self._looks_again = looks_again
        self._closed = False
        self._nconns = 0
        self._pool = deque()
        self._came = threading.Condition()
        self._workers = []

    def getconn(self):
        with self._came:
            if not self._pool:
                worker = threading.Thread(target=self._add_connection)
                self._workers.append(worker)
                worker.start()
            self._came.wait_for(lambda: self._pool)
            return self._pool.popleft()

    def putconn(self, connection):
        with self._came:
            self._pool.append(connection)
            self._came.notify()

    def _add_connection(self):
        connection = Connection.connect()
        with self._came:
            if self._looks_again and self._closed:
                connection.close()
                return
            self._pool.append(connection)
            self._came.notify()

    def close(self):
        with self._came:
            self._closed = True
            connections = list(self._pool)
            self._pool.clear()
        for connection in connections:
            connection.close()
        for worker in self._workers:
            worker.join()
