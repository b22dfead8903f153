"""A result set by one thread, waited for by another."""

import threading
from concurrent.futures import Future

answer: Future[int] = Future()
threading.Thread(target=lambda: answer.set_result(42)).start()
assert answer.result(timeout=60) == 42
