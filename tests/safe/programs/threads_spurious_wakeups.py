"""Every waiter looks again after it was woken: a wake-up that was not for it does no harm."""

import threading

condition = threading.Condition()
turn = 0
order: list[int] = []


def work(number: int) -> None:
    global turn
    with condition:
        while turn != number:
            condition.wait()
        order.append(number)
        turn += 1
        condition.notify_all()


threads = [threading.Thread(target=work, args=(n,)) for n in (2, 1, 0)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert order == [0, 1, 2]
