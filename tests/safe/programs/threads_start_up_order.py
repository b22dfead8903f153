"""While it starts, the service takes its locks in the other order; nobody else is there yet."""

import threading

users, rooms = threading.Lock(), threading.Lock()
entered = []


def load():
    with rooms, users:
        entered.append("loaded")


def enter(name):
    with users, rooms:
        entered.append(name)


def main():
    load()
    threads = [threading.Thread(target=enter, args=(name,)) for name in ("ann", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(entered) == ["ann", "bob", "loaded"]


main()
