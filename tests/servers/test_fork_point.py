"""The fork point may lie in a call of a library that looks whether it was forked meanwhile: the forks of a hunt stand for the program and show its process id."""

from __future__ import annotations

from pathlib import Path

from hunting import hunt, told

LENDER = """
import os, queue, socket
class Pool:
    def __init__(self):
        self.reset()
    def reset(self):
        self.pid, self.free = os.getpid(), queue.LifoQueue(1)
        self.free.put_nowait(None)
    def borrow(self):
        return self.free.get_nowait() or socket.socket()
    def give_back(self, link):
        if self.pid != os.getpid():
            self.reset()
        self.free.put_nowait(link)
"""

PROGRAM = """
import os, sys, threading
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "site-packages"))
import lender
pool = lender.Pool()
pool.give_back(pool.borrow())
os.kill(os.getpid(), 0)
{more}
lock, seen = threading.Lock(), []
def work():
    with lock:
        seen.append(1)
workers = [threading.Thread(target=work) for _ in range(2)]
for w in workers: w.start()
for w in workers: w.join()
pool.borrow().close()
"""

FORKS = """
child = os.fork()
if child == 0:
    os._exit(os.getpid() != int(os.readlink("/proc/self")))
assert os.waitpid(child, 0)[1] == 0
"""


def write(tmp_path: Path, more: str = "") -> None:
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "lender.py").write_text(LENDER)
    (tmp_path / "app.py").write_text(PROGRAM.format(more=more))


def test_a_pool_that_lends_its_first_connection_at_the_fork_point_is_not_reset(tmp_path: Path) -> None:
    write(tmp_path)
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--schedules", "10", "--no-save")
    assert (report["verdict"], report["failures"], report["findings"]) == ("holds-within-bounds", [], []), told(report)


def test_what_the_program_forks_sees_its_own_id(tmp_path: Path) -> None:
    write(tmp_path, FORKS)
    report = hunt(["python", "app.py"], tmp_path, "--seed", "1", "--schedules", "3", "--no-save")
    assert not report["failures"], report["failures"]
