"""Looks and changes through methods that are right: under a lock of the caller's, looked at again, decided by the change itself, given back, a limit that is soft."""

import threading


class Room:
    def __init__(self, capacity):
        self.capacity = capacity
        self.members = []
        self.lock = threading.RLock()
        self.visits = 0
        self.notes = []
        self.tickets = 5

    @property
    def full(self):
        return len(self.members) >= self.capacity

    def is_full(self):
        with self.lock:
            return len(self.members) >= self.capacity

    def add(self, name):
        with self.lock:
            self.members.append(name)

    def add_if_there_is_room(self, name):
        with self.lock:
            if len(self.members) < self.capacity:
                self.members.append(name)
                return True
        return False

    def enter(self):
        with self.lock:
            self.visits += 1

    def crowded(self):
        return self.visits > 1

    def leave(self):
        with self.lock:
            self.visits -= 1

    def left(self):
        return self.tickets

    def tear_off(self):
        with self.lock:
            self.tickets -= 1


def under_its_lock(room):
    with room.lock:
        if room.is_full():
            return False
        room.add("a")
        return True


def again(room):
    if room.full:
        return False
    with room.lock:
        if not room.is_full():
            room.add("b")
            return True
    return False


def by_itself(room):
    if room.is_full():
        return False
    return room.add_if_there_is_room("c")


def given_back(room):
    room.enter()
    if room.crowded():
        room.leave()
        return False
    room.leave()
    return True


def soft(room):
    if len(room.notes) < 1:
        room.notes.append("first")


def enough_for_all(room):
    if room.left() < 1:
        return False
    room.tear_off()
    return True


def work(room):
    under_its_lock(room)
    given_back(room)
    soft(room)
    enough_for_all(room)
    again(room)
    by_itself(room)


room = Room(2)
threads = [threading.Thread(target=work, args=(room,)) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(room.members) == 2
assert (room.visits, room.tickets) == (0, 3)
