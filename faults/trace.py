"""The proof that an answer means a synced disk, by the system calls of the real server under load.

A kill cannot show a missing sync: what was written lives on in the kernel. So every answer is followed back: to the
request that came in on its connection, to the write of the log that holds that request's events, and to a sync of that
file which began after the write and had ended before the answer was sent.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from faults.report import Finding
from faults.shop import Shop
from faults.work import Work

ANSWERS: Final = 40
ATTACHED_WITHIN: Final = 5.0
LOGS: Final = ("-wal", "/pg_wal/")
"""What stands in the paths of files that hold what is committed: SQLite's, PostgreSQL's."""
_SERIAL: Final = re.compile(r"\[t\d+-\d+\]")
_CALL: Final = re.compile(r"(?P<pid>\d+)\s+(?P<name>\w+)\((?P<fd>\d+)<(?P<path>[^>]*)>(?P<rest>.*)")
_RESUMED: Final = re.compile(r"(?P<pid>\d+)\s+<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)")
_READS: Final = frozenset({"read", "recvfrom", "recvmsg", "readv"})
_WRITES: Final = frozenset({"write", "pwrite64", "writev", "pwritev", "sendto", "sendmsg"})
_SYNCS: Final = frozenset({"fsync", "fdatasync"})


class Step(NamedTuple):
    """One system call: when it began and ended, in lines of the trace, and what went through it."""

    name: str
    fd: int
    path: str
    text: str
    began: int
    ended: int


class Seen(NamedTuple):
    """What a trace shows. answers: How many answers of success there were. unsynced: Serials answered for too early."""

    answers: int
    events: int
    unsynced: tuple[str, ...]


def steps(trace: Iterable[str]) -> Iterator[Step]:
    """Read the lines of `strace -f -y`, in order of the calls' ends; calls that were cut in two become one."""
    open_: dict[str, Step] = {}
    for number, line in enumerate(trace):
        if call := _CALL.match(line):
            fd, rest = int(call["fd"]), call["rest"]
            step = Step(call["name"], fd, call["path"], rest, number, number)
            if rest.rstrip().endswith("<unfinished ...>"):
                open_[call["pid"]] = step
            else:
                yield step
        elif resumed := _RESUMED.match(line):
            begun = open_.pop(resumed["pid"], None)
            if begun is not None and begun.name == resumed["name"]:
                yield begun._replace(text=begun.text + resumed["rest"], ended=number)


def examine(trace: Iterable[str]) -> Seen:
    """Follow every answer of success back to the disk.

    A request is one commit. A serial may be cut in two by the end of a page of the log and so be seen in no write; it
    is held if another of its request is, and a sync began after it had come.
    """
    log = _Log()
    asked: dict[int, dict[str, int]] = {}
    """On each connection the serials of the request in hand, and the line at which each had come."""
    early: list[str] = []
    answers = events = 0
    for step in sorted(steps(trace), key=_moment):
        if any(mark in step.path for mark in LOGS):
            log.note(step)
        elif step.name in _READS and step.path.startswith(("socket:", "TCP")):
            if "POST /v1/" in step.text:
                asked[step.fd] = {}
            if step.fd in asked:
                asked[step.fd] |= dict.fromkeys(_SERIAL.findall(step.text), step.ended)
        elif step.name in _WRITES and "HTTP/1.1 200" in step.text and asked.get(step.fd):
            of = asked.pop(step.fd)
            answers, events = answers + 1, events + len(of)
            if log.synced.isdisjoint(of):
                early += of
            else:
                early += [serial for serial, came in of.items() if serial not in log.synced and came > log.last]
    return Seen(answers, events, tuple(early))


class _Log:
    """The files of the log, as far as a trace was read.

    synced: The serials whose write a sync followed. last: The line at which the latest sync that has ended began.
    """

    def __init__(self) -> None:
        self.synced: set[str] = set()
        self.last = -1
        self._written: dict[str, dict[str, int]] = {}
        """By file, of each serial that is not synced the line at which the write that holds it had ended."""

    def note(self, step: Step) -> None:
        """Take in a write or a sync of one of them."""
        here = self._written.setdefault(step.path, {})
        if step.name in _WRITES:
            here.update((serial, step.ended) for serial in _SERIAL.findall(step.text) if serial not in self.synced)
        elif step.name in _SYNCS and step.text.rstrip().endswith("= 0"):
            self.last = max(self.last, step.began)
            for serial in [serial for serial, ended in here.items() if ended < step.began]:
                del here[serial]
                self.synced.add(serial)


def _moment(step: Step) -> int:
    """When a call counts: an answer from its beginning, what must come before it only once it has ended."""
    return step.began if "HTTP/1.1 200" in step.text else step.ended


def trace(shop: Shop, *, processes: Callable[[], list[int]] = list, plant: str = "") -> Finding:
    """Trace a served shop under load, and the database's processes if they are others; then compare too."""
    if shutil.which("strace") is None:
        return Finding(experiment="trace", store=shop.store, skipped="strace is missing: `make system` installs it")

    with Strace(shop.papers / "trace", processes) as tracer:

        def fault(work: Work) -> None:
            work.await_answers(ANSWERS, within=120)
            seen = examine(tracer.stop().read_text("utf-8", "replace").splitlines())
            work.figures |= {"answers traced": seen.answers, "events traced": seen.events}
            if seen.answers < ANSWERS // 2:
                work.problems.append(f"only {seen.answers} answers were seen in the trace")
            if seen.unsynced:
                examples = ", ".join(seen.unsynced[:3])
                work.problems.append(
                    f"{len(seen.unsynced)} events were answered for before they were synced: {examples}"
                )

        work = Work("trace", shop, plant=plant, largest=25, prefix="t")
        return work.find(fault, before=lambda work: tracer.attach(work.server.pid))


class Strace:
    """strace on some processes, until it is stopped."""

    def __init__(self, path: Path, processes: Callable[[], list[int]]) -> None:
        self._path = path
        self._processes = processes
        self._tracer: subprocess.Popen[bytes] | None = None

    def attach(self, server: int) -> None:
        """Begin to trace. Raises: RuntimeError: the kernel does not permit it."""
        for _ in range(3):
            self._begin([server, *self._processes()])
            until = time.monotonic() + ATTACHED_WITHIN
            while time.monotonic() < until and self._tracer is not None and self._tracer.poll() is None:
                if all(map(_is_traced, [server, *self._processes()])):
                    return
                time.sleep(0.05)
            self.stop()  # a process that began meanwhile is missing, or nothing may be traced
        raise RuntimeError("strace cannot attach to the server and its database: see ptrace(2), 'ptrace_scope'")

    def _begin(self, processes: Iterable[int]) -> None:
        calls = ",".join(sorted(_READS | _WRITES | _SYNCS))
        command = ["strace", "-f", "-y", "-s", "70000", "-e", f"trace={calls}", "-e", "signal=none"]
        command += ["-o", str(self._path), *(word for pid in processes for word in ("-p", str(pid)))]
        self._tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - our own words

    def stop(self) -> Path:
        """Let the processes go; return the file of what they did."""
        if self._tracer is not None:
            self._tracer.terminate()
            self._tracer.wait(30)
            self._tracer = None
        return self._path

    def __enter__(self) -> "Strace":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _is_traced(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "TracerPid:\t0\n" not in status.read_text()
