"""What watches an execution: events, leases, and the oracles that read them.

The monitor receives facts from hooks (wrapped methods, queues, tasks), keeps the state the
oracles share, and collects violations.  One per execution; it holds no state of the process.
"""

from __future__ import annotations

import asyncio
import asyncio.runners
import hashlib
import queue as queue_module
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

from . import atoms, classes, current, library, loop, probing, sites, waiting
from .learn import Roles
from .leases import Leases
from .lending import Call, Lease, Resource
from .oracles import (
    ack,
    atom,
    callback,
    cancelled,
    closed,
    early,
    given_up,
    hold,
    interleaved,
    item,
    leak,
    lock,
    lost,
    multiple,
    pool,
    put_back,
    slots,
    task,
    twice,
    unasked,
    unheard,
    unlocked,
    unwoken,
    user,
    wake,
)
from .schedule import name_of
from .streams import Streams
from .wakeups import Wakeups

SURE = 3
"""So many forked answers about one waiting place are enough for one process."""
LONG = 20_000
"""Turns of the loop that a main task is given to end."""
_GET = asyncio.Queue.get.__code__
_registry: Any = getattr(asyncio.tasks, "_scheduled_tasks", None) or getattr(asyncio.tasks, "_all_tasks", set())


class Monitor:
    def __init__(self, engine: Any, roles: Roles | None, full: bool) -> None:
        self.engine = engine
        self.roles = roles or Roles()
        self.full = full
        self.rows: list[tuple[Any, ...]] = []
        self.violations: dict[str, dict[str, Any]] = {}
        self.leases = Leases(self)
        self.recorder: Any = None
        self.tasks: list[Any] = []
        self.deaths = task.Tasks(self)
        self.locks = lock.Lock(self)
        self.runs: dict[int, str] = {}
        """By number of a task: the function it runs."""
        self.world: Any = None
        self.atom = atom.Atom(self)
        self.unheard = unheard.Unheard(self)
        self.unlocked = unlocked.Unlocked(self)
        self.atoms = atoms.Atoms(self.atom.judge)
        self.lost = lost.Lost(self)
        self.closed = closed.Closed(self)
        self.given_up = given_up.GivenUp(self)
        self.early = early.Early(self)
        self.multiple = multiple.Multiple(self)
        self.twice = twice.Twice(self)
        self.put_back = put_back.PutBack(self)
        self.tagged: dict[tuple[int, Any], tuple[Any, Any]] = {}
        """By the id of a channel and a tag: what stands for the message."""
        self.interleaved = interleaved.Interleaved(self)
        self.callbacks = callback.Callbacks(self)
        self.unasked = unasked.Unasked(self)
        self.unwoken = unwoken.Unwoken(self)
        self.cancelled = cancelled.Cancelled(self)
        self.wake = wake.Wake(self)
        self.oracles = [ack.Ack(self), pool.Pool(self), leak.Leak(self), hold.Hold(self), slots.Slots(self), self.deaths, self.callbacks, self.unasked, self.cancelled, self.locks, self.atom,
                        self.unheard, self.wake, item.Item(self), self.lost, self.closed, self.given_up]
        self.wakeups = Wakeups(loop.task_number)
        self.streams = Streams(self)
        self.taken: dict[int, tuple[Any, Any, int]] = {}
        """Per task the item it took from a queue last: (queue, item, number of the taking)."""
        self.takes: dict[int, tuple[int, Any]] = {}
        """By its id: how many items were taken from each queue, and the queue."""
        self.getters: dict[int, Any] = {}
        """Where each task was made that does nothing but take an item."""
        self.too_late: dict[int, Any] = {}
        """Where each task was cancelled that had ended already."""
        self.on_end: list[Callable[[], None]] = [f for o in self.oracles if (f := getattr(o, "at_end", None))]
        self.workload_failed = False
        self.hang_explained = ""
        self.failure_explained: BaseException | None = None
        """An error that is the consequence of a finding: the workload's failure by it is not reported as USER001 too."""
        self.queued: dict[type, bool] = {}
        self.hang_info: list[tuple[str, Any]] = []

    # --------------------------------------------------------------- events
    def event(self, kind: str, what: str = "", site: Any = None, actor: int | None = None, stack: Any = ()) -> int | None:
        """Append one event: who did what to which object, where -> in a recorded run, its number there.  stack: whence."""
        if actor is None:
            actor = loop.task_number()
        self.rows.append((kind, actor, what, site, self.engine.now))
        self.engine.strategy.noticed(actor, what.partition(".")[0])
        if self.engine.book is not None and what:
            return self.engine.book.record(kind, actor, what, site, stack=stack)
        return None

    def site_of(self, site: Any, role: str, actor: int, *kinds: str) -> dict[str, Any]:
        """A site for a report; in a recorded run with the last event of these kinds by that actor there."""
        told = sites.as_site(site[0], site[1], role)
        if self.engine.book is not None:
            told["event"] = self.engine.book.latest(actor, kinds, told["path"], told["line"])
        return told

    def digest(self, outcome: str) -> str:
        """A fingerprint of events and outcome, free of addresses and of real time."""
        h = hashlib.blake2b(digest_size=12)
        for kind, actor, what, site, now in self.rows:
            if kind == "violation":
                continue  # a conclusion, and not drawn twice in one process
            line = f"{kind}|{actor}|{what}|{site[0].co_name + ':' + str(site[1]) if site else ''}|{now:.6f}\n"
            h.update(line.encode("utf-8", "replace"))
        h.update(f"{outcome}|{self.engine.turns}|{self.engine.tasks}|{len(self.engine.decisions)}".encode())
        return h.hexdigest()

    def event_rows(self) -> list[list[Any]]:
        return [[i, round(now, 6), kind, actor, what, sites.text(site) if site else "", ""]
                for i, (kind, actor, what, site, now) in enumerate(self.rows)]

    # ----------------------------------------------------------- violations
    def report(self, code: str, title: str, *, key: str, certain: bool = True, resource: str = "",
               sites: list[dict[str, Any]] | None = None, detail: list[str] | None = None, asks: list[dict[str, Any]] | None = None) -> None:
        """Keep one violation per cause.  key: equal for equal causes, free of addresses.  asks: what makes it certain (spared.Spared)."""
        if code in self.roles.ignore:
            return
        full_key = f"{code}:{key}"
        known = self.violations.get(full_key)
        if known is not None and (known["certain"] or not certain):
            return
        detail = [*(detail or []), *library.known_defects(code, sites or [])]
        self.violations[full_key] = {"code": code, "title": title, "certain": certain, "key": full_key, "resource": resource,
                                     "sites": sites or [], "detail": detail or [], "sleep0": self.engine.held_sleep0, **({"asks": asks} if asks else {})}
        self.rows.append(("violation", 0, full_key, None, self.engine.now))
        if self.engine.book is not None:
            self.violations[full_key]["event"] = self.engine.book.record("violation", None, code)

    def forget_user_violations(self) -> None:
        """The workload's own failures are judged anew when a result is asked for again."""
        self.violations = {k: v for k, v in self.violations.items() if not v["code"].startswith("USER")}

    # ------------------------------------------------------------ lifecycle
    def begin(self) -> None:
        self.engine.monitor = self
        self.engine.rest = self.at_rest
        self.engine.most_waits = self.roles.most_waits
        if self.recorder is not None:
            self.engine.steps = self.recorder.scout
        elif self.roles.stale_looks:
            self.engine.steps = atoms.Steps(self.atoms)
            if self.engine.is_stock:
                atoms.watch_stock_loop(self.engine)
        if self.recorder is None:
            classes.on_new_class = self.leases.wrap_class

    def end(self, failed: bool = False) -> None:
        """failed: an exception left the workload; what it leaves behind then is its consequence."""
        self.workload_failed = failed
        for f in self.on_end:
            f()
        for done in self.tasks:
            _registry.discard(done)  # what garbage keeps alive must not slow down the runs after it
        self.tasks.clear()

    # ----------------------------------------------------------------- tasks
    def spawned(self, number: int, coro: Any) -> None:
        parent = loop.task_number() if asyncio._get_running_loop() is not None else 0
        name = self.runs[number] = getattr(coro, "__qualname__", "")
        self.rows.append(("spawn", parent, name, None, self.engine.now))
        if self.engine.book is not None:
            self.engine.book.spawned(number, parent, coro, sites.user_site(sys._getframe(2)))
        if self.leases.live:
            self.leases.inherit(number, coro)
        if getattr(coro, "cr_code", None) is _GET:
            self.getters[number] = sites.user_site(sys._getframe(2))

    def who(self, actor: int) -> str:
        """A task or a thread as reports call it, with the function it runs."""
        if actor > 0:
            runs = self.runs.get(actor, "")
        else:
            runs = next((w.target for w in self.world.workers if w.number and w.actor == actor), "") if self.world is not None else ""
        return f"{name_of(actor)} ({runs})" if runs else name_of(actor)

    def started(self, new: Any) -> None:
        self.tasks.append(new)

    def cancelled_too_late(self, late: Any) -> None:
        """Somebody cancels a task that is done and whose result nobody has looked at."""
        if late.racetrap_number in self.taken:
            self.too_late.setdefault(late.racetrap_number, sites.user_site(sys._getframe(2)))

    def woken_in_vain(self, left: Any, future: Any) -> None:
        """A task is cancelled after what it waits for was done, and before it could go on."""
        if isinstance(future, loop.Task):
            future.racetrap_seen = False
        elif future.exception() is None and classes.name_of(type(future.result())) in self.roles.resources:
            self.leases.given_in_vain(left, future.result())
        self._in_vain(left, self.wakeups.giver_of(left))

    def woken_too_late(self, future: Any, giver: Any) -> None:
        """An event is set, and a task that waited for it is cancelled already and has not left yet."""
        for left in self.tasks:
            if left._fut_waiter is future:
                self._in_vain(left, giver, too_late=True)

    def _in_vain(self, left: Any, giver: Any, too_late: bool = False) -> None:
        vain = self.wakeups.woken_in_vain(left, giver, self.tasks)
        if self.engine.book is not None:
            self.engine.book.vain(left, vain.stood, too_late)
        self.lost.on_in_vain(vain)

    # --------------------------------------------------------------- threads
    def world_made(self, world: Any) -> None:
        """The execution has more than one thread from here on."""
        self.world = world
        self._tell("on_world", world)

    def thread_spawned(self, worker: Any, function: Any, args: Any, site: Any) -> None:
        if self.leases.live:
            self.leases.inherit_thread(worker, function, args)

    def thread_took(self, worker: Any, lock: Any) -> None:
        """A controlled thread took a lock."""
        if waiting.is_innermost(sys._getframe(3)):
            lock.taken = None
            return
        self.engine.strategy.noticed(worker.actor)
        self.locks.took(worker, lock)

    def thread_died(self, thread: Any, error: BaseException) -> None:
        if self.recorder is None:
            self.deaths.thread_died(thread, error)

    def threads_go_on(self, world: Any) -> None:
        """The program goes on and on: is it because a thread died that everybody counts on, or somebody waits for what is lost?"""
        if self.recorder is None:
            for oracle in self.oracles:
                f = getattr(oracle, "on_threads_stuck", None)
                if f is not None and not self.hang_explained:
                    f({w.actor for w in world.workers if w.blocked and w.timer is None and not w.woken})
        if any(v["code"] == "TASK006" and v["certain"] for v in self.violations.values()):
            self.explain_hang("TASK006")

    def threads_ended(self, world: Any) -> None:
        """The main thread's own code, or the test's body, is over."""
        if self.recorder is None and self.engine.outcome is None and not self.engine.quiet:
            self._tell("on_threads_end", world)

    def threads_at_rest(self, world: Any) -> None:
        """No thread can run and nothing can come: why?"""
        for worker in world.workers:
            if not worker.done:
                where = worker.user_site()
                if where is not None:
                    self.hang_info.append((worker.name, where))
        if self.recorder is None:
            self._tell("on_threads_hang", world, of_a_hang=True)

    # --------------------------------------------------------------- queues
    def _is_queued(self, cls: type) -> bool:
        known = self.queued.get(cls)
        if known is None:
            known = self.queued[cls] = classes.name_of(cls) in self.roles.queued
        return known

    def queue_put(self, queue: Any, value: Any) -> None:
        if self.engine.book is not None:
            self.engine.book.here("put", queue, sys._getframe(2))
        if self.recorder is not None:
            self.recorder.queue_put(queue, value)
        elif self.roles.queued and self._is_queued(type(value)):
            self.leases.released(queue, value, "queue")

    def queue_take(self, queue: Any, value: Any) -> None:
        if self.engine.book is not None:
            self.engine.book.here("get", queue, sys._getframe(2))
        number = loop.task_number()
        count = self.takes[id(queue)][0] + 1 if id(queue) in self.takes else 1
        self.takes[id(queue)] = count, queue
        self.taken[number] = queue, value, count
        if self.recorder is not None:
            self.recorder.queue_take(queue, value)
        elif self.roles.queued and self._is_queued(type(value)):
            self.leases.acquired(queue, value, "get")

    # -------------------------------------------------------------- contexts
    def context_entered(self, manager: Any, owner: Any, name: str, value: Any) -> None:
        if self.recorder is not None:
            self.recorder.left([owner, []], name, value)
        elif name in self.roles.pools.get(classes.name_of(type(owner)), {}).get("lend", ()):
            manager.racetrap_lent = value
            self.leases.acquired(owner, value, name)

    def context_left(self, manager: Any, owner: Any, name: str, value: Any, before: bool) -> None:
        if self.recorder is not None:
            if not before:
                self.recorder.left([owner, [value]], name + "#exit", None)
            else:
                self.recorder.scan(owner)
        elif before and getattr(manager, "racetrap_lent", None) is not None:
            manager.racetrap_lent = None
            self.leases.released(owner, value, name)

    # ------------------------------------------------------- facts of leases
    def _tell(self, hook: str, *args: Any, of_a_hang: bool = False) -> None:
        """Tell every rule that listens.  One that fails inside is said, and the program goes on without knowing.

        of_a_hang: only until a rule has explained it.
        """
        for oracle in self.oracles:
            f = getattr(oracle, hook, None)
            if f is None or (of_a_hang and self.hang_explained):
                continue
            try:
                f(*args)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is ours and not the program's
                self.engine.note_uncontrolled(f"a rule of racetrap failed, please report it: {type(oracle).__name__}.{hook}: {type(error).__name__}: {error}", "")

    def stale_use(self, resource: Resource, call: Call, stale: Lease, other: Lease) -> None:
        for oracle in self.oracles:
            f = getattr(oracle, "on_stale_use", None)
            if f is not None and f(resource, call, stale, other):
                return

    def lent_twice(self, resource: Resource, first: Lease, second: Lease) -> None:
        self._tell("on_lent_twice", resource, first, second)

    def stale_state(self, resource: Resource, call: Call, entered: Lease, value: Any) -> None:
        self._tell("on_stale_state", resource, call, entered, value)

    def stale_answer(self, resource: Resource, earlier: Lease, mine: Lease, sent: sites.Stack, read: sites.Stack) -> None:
        self._tell("on_stale_answer", resource, earlier, mine, sent, read)

    def main_ended(self, running: Any) -> None:
        """The main coroutine or test body ended; its fixtures have not closed anything yet."""
        main = self.engine.main
        self.engine.main_ended(getattr(main, "racetrap_number", 0))
        error = getattr(main, "_exception", None)
        if error is not None:
            errors = user.leaves(error)
            raised_by = next((t for t in reversed(self.tasks) if t.done() and not t.cancelled() and any(t._exception is e for e in errors)), main)
            self.engine.main_failed(getattr(raised_by, "racetrap_number", 0))
        self._tell("on_main_end", running)

    def pool_closes(self, pool: Any) -> None:
        """A pool is about to be closed: the last moment to judge what is still lent."""
        if self.engine.quiet or self.engine.outcome is not None:
            return
        self._tell("on_close", pool)

    def pool_closed(self, pool: Any, method: str, site: Any) -> None:
        """A library's pool was closed: its closing method has returned.  site: the user's line that called it."""
        if not self.engine.quiet and self.engine.outcome is None:
            self.closed.on_closed(pool, method, site)

    def starves(self, pool: Any) -> None:
        """A pool lent nothing to somebody who asked: its lending call raised."""
        if self.engine.quiet or self.engine.outcome is not None:
            return
        self._tell("on_starving", pool)

    def explain_hang(self, code: str) -> None:
        """The hang has a cause that is a finding of its own: it is not reported as USER002 too."""
        self.hang_explained = code

    # ------------------------------------------------------------------ rest
    def at_rest(self, engine: Any, running: Any) -> bool:
        """Nothing can run any more and the main task waits."""
        try:
            waiting = [t for t in asyncio.all_tasks(running) if not t.done()]
        except RuntimeError:
            waiting = []
        waiting.sort(key=lambda t: getattr(t, "racetrap_number", 0))
        self.hang_info = _stands_of(waiting)
        self._tell("on_rest", running)
        if self.recorder is None:
            self._tell("on_hang", waiting, of_a_hang=True)
        return False

    def cut_off(self) -> None:
        """The run is ended from outside while its tasks go on."""
        self.hang_info = _stands_of(t for t in self.tasks if not t.done())

    def is_anything_left(self, running: Any) -> None:
        """Keepalives and tickers go on for ever: would the main task still end, if everything came on time from here on?

        Asked in a fork after a long time; if it would not, this is a hang.  If it would, later runs are given longer.
        """
        engine, roles, main = self.engine, self.roles, self.engine.main
        if main is None or main.done():
            engine.most_waits = 1 << 60
            return
        where = f"main waits at {sites.text(sites.user_site_of(main.get_coro()) if hasattr(main, 'get_coro') else None)}"
        if roles.asked.get(where, 0) < SURE:
            answer = probing.ask(lambda: {"ends": probing.drive(engine, running, main.done, turns=LONG)})
            if answer is None or answer["ends"]:
                roles.most_waits *= 8
                engine.most_waits = engine.waits * 8
                return
            roles.asked[where] = roles.asked.get(where, 0) + 1
        if getattr(main, "racetrap_number", 0) in {a.actor for a in engine.pending}:
            stands = sites.user_site_of(main.get_coro())
            self.hang_info = [(getattr(main.get_coro(), "__qualname__", "?"), stands)] if stands else []
            self.deaths.on_hang([])
            engine.abort("no-progress", "the main task itself goes on and on")
        self.at_rest(engine, running)
        engine.abort("hang", "the main task waits for what never comes; only tickers go on")

    def hang_title(self) -> str:
        return "everything waits and nothing can come" + self.hang_place()

    def hang_place(self) -> str:
        who = [f"{name} at {sites.text(site)}" for name, site in self.hang_info[:3]]
        return f" ({'; '.join(who)})" if who else ""

    def hang_key(self) -> str:
        return ",".join(sorted({f"{site[0].co_qualname}:{site[1]}" for _, site in self.hang_info[:1]}))

    def hang_sites(self) -> list[dict[str, Any]]:
        unique = {site: sites.as_site(site[0], site[1], "waits") for _, site in self.hang_info}
        return list(unique.values())[:4]

    def hang_detail(self) -> list[str]:
        return [f"{name} waits at {sites.text(site)}" for name, site in self.hang_info[:12]]


def _stands_of(waiting: Iterable[Any]) -> list[tuple[str, Any]]:
    """Names of the tasks that stand in code of the user's, and where."""
    stands = ((getattr(t.get_coro(), "__qualname__", "?"), sites.user_site_of(t.get_coro())) for t in waiting)
    return [(name, site) for name, site in stands if site is not None]


def install() -> None:
    """Patch the queue, the generator context managers and the end of a main coroutine: once per process."""
    queue: Any = asyncio.Queue
    stock_get, stock_put = queue.get_nowait, queue.put_nowait

    def get_nowait(self: Any) -> Any:
        value = stock_get(self)
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            engine.monitor.queue_take(self, value)
        return value

    def put_nowait(self: Any, value: Any) -> None:
        stock_put(self, value)
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            engine.monitor.queue_put(self, value)

    get_nowait.__doc__, put_nowait.__doc__ = stock_get.__doc__, stock_put.__doc__
    queue.get_nowait, queue.put_nowait = get_nowait, put_nowait

    unheard.install()
    unasked.install()
    for cls in (queue_module.Queue, queue_module.LifoQueue):
        _watch_queue(cls)

    base: Any = loop.BaseEventLoop
    stock_complete = base.run_until_complete
    end_generators = base.shutdown_asyncgens.__code__
    end_executor = base.shutdown_default_executor.__code__

    cancel_the_rest = asyncio.runners._cancel_all_tasks.__code__  # type: ignore[attr-defined]

    def run_until_complete(self: Any, future: Any) -> Any:
        engine = loop.owned()
        shutting_down = sys._getframe(1).f_code is cancel_the_rest  # what it cancels is not dropped by the program
        if engine is not None and type(future) is types.CoroutineType and not engine.yielded:
            # The two coroutines that end asyncio.run mostly have nothing to do, and cost a fifth of a small run.
            code = future.cr_code
            if code is end_generators and not self._asyncgens:
                self._asyncgens_shutdown_called = True
                future.close()
                return None
            if code is end_executor and self._default_executor is None:
                self._executor_shutdown_called = True
                future.close()
                return None
        if engine is not None:
            if not asyncio.isfuture(future):
                future = asyncio.ensure_future(future, loop=self)
                future._log_destroy_pending = False
            engine.main = future
        try:
            return stock_complete(self, future)
        finally:
            if engine is not None and engine.monitor is not None and engine.outcome is None and not shutting_down:
                engine.monitor.main_ended(self)

    run_until_complete.__doc__ = stock_complete.__doc__
    base.run_until_complete = run_until_complete


def _watch_queue(cls: Any) -> None:
    """The two methods a queue of threads calls, under its mutex, in the moment an item comes or goes."""
    stock_get, stock_put = cls._get, cls._put

    def _get(self: Any) -> Any:
        value = stock_get(self)
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            engine.monitor.queue_take(self, value)
        return value

    def _put(self: Any, item: Any) -> None:
        engine = current.engine
        if engine is not None and engine.monitor is not None:
            engine.monitor.queue_put(self, item)
        stock_put(self, item)

    cls._get, cls._put = _get, _put
