"""What is said of writes that rest on a look (ATOM001): which line looked, what the write did, and what is no more than a note."""

from __future__ import annotations

import datetime
import decimal
import enum
import textwrap
import uuid
from pathlib import Path
from typing import Any, NamedTuple

import probing
import pytest

from racetrap_probe import places

THREE = """
threads = [threading.Thread(target=target) for target in ({targets})]
for t in threads:
    t.start()
for t in threads:
    t.join()
"""


def looks(python: str, tmp_path: Path, code: str, targets: str, count: int = 150) -> list[dict[str, Any]]:
    """The violations of ATOM001 in a program whose threads run `targets`."""
    program = "import threading\n" + textwrap.dedent(code) + THREE.replace("{targets}", targets)
    with probing.hunted(python, tmp_path, program) as workload:
        found = workload.unit().search(count=count, seed=1).found
    return [f["violation"] for f in found if f["violation"]["code"] == "ATOM001"]


BUCKET = """
    class Bucket:
        def __init__(self):
            self.lock = threading.Lock()
            self.tokens = 1

        def take(self):
            with self.lock:
                enough = self.tokens >= 1
            if enough:
                with self.lock:
                    self.tokens -= 1

    bucket = Bucket()
"""


def test_the_line_that_read_the_place_is_named_and_what_no_longer_held(one_python: str, tmp_path: Path) -> None:
    (told,) = looks(one_python, tmp_path, BUCKET, "bucket.take, bucket.take")
    assert told["certain"]
    assert [site["line"] for site in told["sites"]] == [13, 10]
    assert "line 10" in told["detail"][0]
    assert "no longer: self.tokens >= 1" in told["detail"][1]
    assert "overwrote" not in told["detail"][1]


CACHE = """
    import itertools
    made = itertools.count()

    class Reply:
        def __init__(self):
            self.serial, self.seen = next(made), []

    class Cache:
        def __init__(self):
            self.lock = threading.Lock()
            self.replies = {}
            self.owner = None

        def reply(self):
            with self.lock:
                reply = self.replies.get("x")
            if reply is None:
                reply = Reply()
                with self.lock:
                    self.replies["x"] = reply
            return reply.serial

        def join(self):
            with self.lock:
                reply = self.replies.get("x")
            if reply is None:
                reply = Reply()
                with self.lock:
                    self.replies["x"] = reply
            reply.seen.append(1)

        def unlocked(self):
            reply = self.replies.get("x")
            if reply is None:
                self.replies["x"] = reply = Reply()

        def claim(self):
            with self.lock:
                free = self.owner is None
            if free:
                with self.lock:
                    self.owner = threading.get_ident() * 1000

        def fail(self):
            try:
                raise ValueError(next(made))
            except ValueError as e:
                if self.owner is None:
                    self.owner = e

    cache = Cache()
"""


@pytest.mark.parametrize(("name", "certain"), [("reply", False), ("join", True), ("unlocked", True), ("claim", True), ("fail", False)])
def test_a_fill_whose_gap_is_meant_is_a_note(one_python: str, tmp_path: Path, name: str, certain: bool) -> None:
    told = looks(one_python, tmp_path, CACHE, f"cache.{name}, cache.{name}")
    assert [v["certain"] for v in told] == [certain]


BOX = """
    class Box:
        def __init__(self):
            self.lock = threading.Lock()
            self.items, self.sent = [], []

        def add(self):
            with self.lock:
                self.items.append({"n": 1})

        def flush(self):
            names = list(self.items)
            self.write()
            self.items.clear()
            self.sent.append(len(names))

        def deliver(self):
            names = list(self.items)
            self.write()
            self.items.clear()
            self.sent.extend(names)

        def make_room(self):
            if self.items:
                oldest = self.items[0]
                self.write()
                if self.items:
                    del self.items[0]

        def take(self):
            if self.items:
                oldest = self.items[0]
                self.write()
                if self.items:
                    del self.items[0]
                    self.sent.append(oldest)

        def write(self):
            pass

    box = Box()
    box.add()
"""


@pytest.mark.parametrize(("targets", "certain"), [
    ("box.flush, box.add", False), ("box.deliver, box.add", True), ("box.make_room, box.make_room, box.add, box.add", False),
    ("box.take, box.take, box.add, box.add", True)])
def test_a_removal_rests_on_what_was_seen_only_where_that_is_used(one_python: str, tmp_path: Path, targets: str, certain: bool) -> None:
    told = looks(one_python, tmp_path, BOX, targets)
    assert {v["certain"] for v in told} == {certain}


NAMES = """
    class Outbox:
        def __init__(self):
            self.names, self.sent, self.wanted = [], [], {}

        def add(self, name):
            self.names.append(name)

        def want(self, name):
            self.wanted[name] = 1
            self.names.append(name)

        def flush(self):
            names = list(self.names)
            self.send(names)
            self.names.clear()

        def send(self, names):
            self.sent.extend(names)

    outbox = Outbox()
    def add():
        for name in ("a", "b"):
            outbox.add(name)
    def want():
        for name in ("a", "b"):
            outbox.want(name)
"""


@pytest.mark.parametrize(("targets", "certain"), [("add, outbox.flush", True), ("want, outbox.flush", False)])
def test_a_literal_that_is_lost_is_certain_unless_another_container_has_it(python: str, tmp_path: Path, targets: str, certain: bool) -> None:
    told = looks(python, tmp_path, NAMES, targets)
    assert [v["certain"] for v in told] == [certain]


LIMITS = """
    class Box:
        def __init__(self):
            self.items, self.limit, self.refused, self.used = [], 1, 0, 0

        def soft(self):
            if len(self.items) < self.limit:
                self.items.append(1)

        def told(self):
            if len(self.items) < self.limit:
                self.items.append(1)
            else:
                self.refused += 1

        @property
        def full(self):
            return not self.free() > 0

        def free(self):
            return self.limit - self.used

        def take(self):
            self.used += 1

        def by_property(self):
            if not self.full:
                self.take()

        def looks_again(self):
            if not self.full:
                if not self.full:
                    self.take()

        def swap(self):
            self.take()
            if self.free() < 0:
                self.give()

        def give(self):
            self.used -= 1

    box = Box()
"""


@pytest.mark.parametrize(("name", "certain"), [("soft", [False]), ("told", [True]), ("by_property", [True]), ("swap", [])])
def test_a_limit_is_asked_again_where_the_change_is_made(one_python: str, tmp_path: Path, name: str, certain: list[bool]) -> None:
    told = looks(one_python, tmp_path, LIMITS, f"box.{name}, box.{name}")
    assert [v["certain"] for v in told] == certain


def test_the_nearest_look_counts_also_through_methods(one_python: str, tmp_path: Path) -> None:
    (told,) = looks(one_python, tmp_path, LIMITS, "box.looks_again, box.looks_again")
    assert [site["line"] for site in told["sites"]] == [told["sites"][1]["line"] + 1, told["sites"][1]["line"]]


LISTENERS = """
    class Bus:
        def __init__(self):
            self.lock = threading.Lock()
            self.listeners = [[n] for n in range(3)]

        def publish(self):
            for listener in self.listeners:
                self.call(listener)

        def publish_copy(self):
            for listener in list(self.listeners):
                self.call(listener)

        def call(self, listener):
            listener.append(1)

        def leave(self):
            with self.lock:
                del self.listeners[0]

        def last_leaves(self):
            self.listeners.pop()

    bus = Bus()
"""


@pytest.mark.parametrize(("targets", "noted"), [("bus.publish, bus.leave", True), ("bus.publish_copy, bus.leave", False), ("bus.publish, bus.last_leaves", False)])
def test_an_element_that_a_loop_leaves_out_is_noted(one_python: str, tmp_path: Path, targets: str, noted: bool) -> None:
    told = looks(one_python, tmp_path, LISTENERS, targets)
    assert [v["certain"] for v in told] == [False] * noted


LOCKED = """
    class Stock:
        def __init__(self):
            self.lock = threading.RLock()
            self.left, self.log = 1, []

        def available(self):
            return self.left

        def take(self):
            with self.lock:
                self.left -= 1
            self.log.append(self.left)

        def order(self):
            if self.available() > 0:
                self.take()

    stock = Stock()
    def fill():
        with stock.lock:
            stock.left -= 1
"""


@pytest.mark.parametrize(("targets", "certain"), [("stock.order, stock.order", [True]), ("stock.order, int", [])])
def test_a_change_in_a_called_method_on_every_interpreter(python: str, tmp_path: Path, targets: str, certain: list[bool]) -> None:
    told = looks(python, tmp_path, LOCKED, targets)
    assert [v["certain"] for v in told] == certain


def test_what_others_do_after_the_change_is_no_matter(python: str, tmp_path: Path) -> None:
    """`fill` waits until the stock was taken from: the look was right when the change was made."""
    code = LOCKED.replace("with stock.lock:\n            stock.left -= 1", "taken.wait()\n        stock.left -= 5").replace("self.log.append(self.left)", "taken.set()\n            self.left -= 1").replace(
        "stock = Stock()", "taken = threading.Event()\n    stock = Stock()")
    assert looks(python, tmp_path, code, "stock.order, fill") == []


class _Known:
    """By its identity."""


class _Asked:
    def __eq__(self, other: object) -> bool:
        raise AssertionError("code of the program")

    __hash__ = object.__hash__


class _Colour(enum.Enum):
    RED = 1


class _Number(enum.IntEnum):
    ONE = 1


class _Strange(enum.Enum):
    ONE = 1

    def __hash__(self) -> int:
        return 1


class _Pair(NamedTuple):
    left: object
    right: object


@pytest.mark.parametrize(
    ("key", "plain"),
    [
        ("text", True),
        (datetime.date(2024, 1, 1), True),
        (datetime.datetime(2024, 1, 1), True),
        (uuid.UUID(int=1), True),
        (decimal.Decimal(1), True),
        (Path("a"), True),
        (_Colour.RED, True),
        (_Number.ONE, True),
        (_Strange.ONE, False),
        (_Known(), True),
        (_Asked(), False),
        (_Pair(1, _Known()), True),
        (_Pair(1, _Asked()), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_key_is_looked_for_where_no_code_of_the_program_compares_it(key: Any, plain: bool) -> None:
    assert places.is_plain(key) is plain
