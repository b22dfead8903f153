"""list.append and dict.setdefault are atomic by themselves."""

import threading

rooms: dict[str, list[str]] = {}


def enter(who: str) -> None:
    rooms.setdefault("hall", []).append(who)


threads = [threading.Thread(target=enter, args=(who,)) for who in ("ann", "bob", "eve")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(rooms["hall"]) == ["ann", "bob", "eve"]
