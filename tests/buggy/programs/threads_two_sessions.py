# expects: ATOM001 session_of
"""Two requests of one user each find no session and each make one; what the first one put in is gone."""

from concurrent.futures import ThreadPoolExecutor

sessions: dict[str, dict[str, str]] = {}


def session_of(user: str) -> dict[str, str]:
    found = sessions.get(user)
    if found is None:
        found = {}
        sessions[user] = found
    return found


def request(user: str, key: str) -> None:
    session_of(user)[key] = "seen"


with ThreadPoolExecutor(max_workers=2) as pool:
    list(pool.map(request, ["ann", "ann"], ["basket", "theme"]))
