"""Results in the order they come."""

from concurrent.futures import ThreadPoolExecutor, as_completed


def word(n: int) -> str:
    return "x" * n


with ThreadPoolExecutor(max_workers=2) as pool:
    found = {job.result() for job in as_completed([pool.submit(word, n) for n in range(4)])}
assert found == {"", "x", "xx", "xxx"}
