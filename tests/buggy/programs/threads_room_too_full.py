# expects: ATOM001 Lobby.join
"""Whether there is room is asked in one method, and another one lets in."""

import threading


class Room:
    def __init__(self, capacity):
        self.capacity = capacity
        self.members = []

    def is_full(self):
        return len(self.members) >= self.capacity

    def add(self, name):
        self.members.append(name)


class Lobby:
    def __init__(self):
        self.rooms = {"blue": Room(1)}
        self.turned_away = []

    def join(self, name, color):
        room = self.rooms[color]
        if room.is_full():
            self.turned_away.append(name)
            return False
        room.add(name)
        return True


lobby = Lobby()
threads = [threading.Thread(target=lobby.join, args=(name, "blue")) for name in ("ann", "bob")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
