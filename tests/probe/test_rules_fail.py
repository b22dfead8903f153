"""A rule of ours that fails inside must never be the program's failure."""

from types import SimpleNamespace
from typing import Any

from racetrap_probe.monitor import Monitor


class Broken:
    def on_main_end(self, loop: Any) -> None:
        raise TypeError("not iterable")


class Heard:
    told: Any = None

    def on_main_end(self, loop: Any) -> None:
        self.told = loop


def test_a_rule_that_fails_is_said_and_the_others_are_told() -> None:
    said: list[str] = []
    engine = SimpleNamespace(note_uncontrolled=lambda what, site: said.append(what))
    heard = Heard()
    monitor: Any = SimpleNamespace(oracles=[Broken(), heard], hang_explained="", engine=engine)
    Monitor._tell(monitor, "on_main_end", "the loop")
    assert heard.told == "the loop"
    assert said == ["a rule of racetrap failed, please report it: Broken.on_main_end: TypeError: not iterable"]
