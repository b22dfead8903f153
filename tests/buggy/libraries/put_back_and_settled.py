"""Two clerks share a list of orders; one puts back what is not for him: put_back_and_settled.py reject|give_back|again|expired.

again: an order that was put back comes to the same clerk once more, who finishes it.  expired: nothing is put back, but what is out for too long is for everybody.
"""

import queue
import sys
import threading
import time

from kombu.transport.redis import QoS, Server

WAY = sys.argv[1]


def clerk(server: Server, name: str) -> None:
    ledger = QoS(server)
    seen: set[str] = set()
    for _ in range(4):
        try:
            order = server.waiting.get(timeout=5)
        except queue.Empty:
            return
        ledger.append(object(), order)
        if order.startswith(name) or (WAY == "again" and order in seen):
            time.sleep(0.01)
            if WAY == "expired":
                ledger.restore_visible()
            ledger.ack(order)
        elif WAY in ("reject", "again"):
            ledger.reject(order, requeue=True)
        else:
            ledger.give_back(order)
        seen.add(order)


server = Server(["a1", "b1", "a2"])
names = ["a"] if WAY == "again" else ["a", "b"]
clerks = [threading.Thread(target=clerk, args=(server, name)) for name in names]
for each in clerks:
    each.start()
for each in clerks:
    each.join()
