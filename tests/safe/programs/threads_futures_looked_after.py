"""Functions of an executor fail: who submitted them asks, or a callback hears of it, or another thread waits, or it is called off."""

from concurrent.futures import Future, ThreadPoolExecutor, as_completed


def divide(a: int, b: int) -> int:
    return a // b


def main() -> None:
    heard: list[str] = []

    def hears(done: "Future[int]") -> None:
        heard.append(type(done.exception()).__name__)

    with ThreadPoolExecutor(max_workers=2) as executor:
        asked = [executor.submit(divide, 1, n) for n in range(2)]
        executor.submit(divide, 1, 0).add_done_callback(hears)
        called_off = executor.submit(divide, 1, 0)
        called_off.cancel()
        for done in as_completed(asked):
            try:
                heard.append(str(done.result()))
            except ZeroDivisionError as error:
                heard.append(type(error).__name__)
        try:
            list(executor.map(divide, (1, 2, 3), (0, 0, 0)))
        except ZeroDivisionError:
            heard.append("map")
    if not called_off.cancelled():
        called_off.exception()
    assert sorted(heard) == ["1", "ZeroDivisionError", "ZeroDivisionError", "map"], heard


main()
