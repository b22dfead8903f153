"""A ThreadPoolExecutor's map keeps the order of its input."""

from concurrent.futures import ThreadPoolExecutor


def square(n: int) -> int:
    return n * n


with ThreadPoolExecutor(max_workers=3) as pool:
    assert list(pool.map(square, range(5))) == [0, 1, 4, 9, 16]
