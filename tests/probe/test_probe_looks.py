"""What is said of writes that rest on a look (ATOM001): which line looked, what the write did, and what is no more than a note."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import probing

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
