"""A session is looked up, made outside the lock, and put in only if nobody else was faster: who was slower uses the other's."""

import threading

sessions = {}
lock = threading.Lock()


class Session:
    def __init__(self, user):
        self.user = user
        self.closed = False

    def close(self):
        self.closed = True


def session_of(user):
    with lock:
        found = sessions.get(user)
    if found is not None:
        return found
    made = Session(user)
    with lock:
        found = sessions.setdefault(user, made)
    if found is not made:
        made.close()
    return found


def main():
    got = []
    threads = [threading.Thread(target=lambda: got.append(session_of("ann"))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(session) for session in got}) == 1 and not got[0].closed


main()
