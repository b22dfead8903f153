"""Two threads may compile the same pattern; the objects are not equal but hold the same."""

import threading


class Pattern:
    def __init__(self, text: str) -> None:
        self.text = text
        self.parts = text.split("*")

    def matches(self, word: str) -> bool:
        return all(part in word for part in self.parts)


class Patterns:
    def __init__(self) -> None:
        self.known: dict[str, Pattern] = {}

    def compile(self, text: str) -> Pattern:
        pattern = self.known.get(text)
        if pattern is None:
            pattern = Pattern(text)
            self.known[text] = pattern
        return pattern


def main() -> None:
    patterns = Patterns()
    results: list[bool] = []
    threads = [threading.Thread(target=lambda: results.append(patterns.compile("a*b").matches("cab"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True, True]


main()
