"""How the processor time of some work grows with its input.

Only this process's own time counts, the least of several runs, so that what else the machine does
is not measured. Work that is over before a clock can tell is below any bound: at 64,000 octets a
square is two thousand million steps. A child with a limit does it, so that what never ends fails.
"""

from __future__ import annotations

import gc
import math
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SIZES = (1_000, 4_000, 16_000, 64_000)
BOUND = 1.3
_SCREEN = 2_000
_NOISE = 0.006  # seconds below which a ratio says nothing
_CHEAP = 0.0006  # seconds for 2,000 octets; a square, two million steps, needs longer
_LONG = 0.1  # seconds; less may be a cache that is full
_LINE = 1.08  # times what a line shows eight times as far; what is named needs 1.17 there
_AGAIN = 2  # times, before what one run showed is looked at in earnest
_ROUNDS = 7
_OTHERS = 2  # of them, that may show another growth
_BETWEEN = 0.5  # seconds
_LOOK = 1.0  # seconds between two looks at what a silent child has used
_SECONDS = 180.0  # of processor time for one job, which grows where caches are shared

Job = tuple[str, Callable[[], Iterable[str]]]
Work = Callable[[int], Callable[[], object]]
"""Makes an input of so many octets, and returns what reads it."""
Took = tuple[int, float]
"""A size, and the seconds of a processor for it."""


def grows(work: Work, longest: int = SIZES[-1], *, plain: bool = False) -> str:
    """Empty when the time grows below n^1.3, else what was measured. Work that never gets more than
    `longest` octets must be over before a clock can tell. `plain` work does the same at each size,
    without bounds or buffers of its own: there small sizes tell of large ones."""
    if longest < _SCREEN:
        took = _least(work(longest), 3)
        return f"{took:.3f} s at {longest}" if took > _NOISE else ""
    screened = _least(work(_SCREEN), 1)
    if screened < _CHEAP:
        return ""
    if plain and _is_a_line(work):
        return ""
    known: dict[int, float] = {}
    if _says_nothing(work, known):
        return ""
    before = (0, 0.0)
    for size in SIZES:
        now = (size, known.get(size) or _least(work(size), 1))
        if _seems_to_grow(before, now):
            if now[1] < _LONG:
                now = (size, min(now[1], _least(work(size), 1)))
            before, now = _again(work, before, now)
        if _seems_to_grow(before, now) and now[1] >= _LONG:
            before = (before[0], max(before[1], _least(work(before[0]), 6)))
            now = (size, min(now[1], _least(work(size), 4)))
            power = _exponent(before, now)
            if power >= BOUND and now[1] >= _LONG and _nearly_every_time(work, before[0], size):
                return f"n^{power:.1f}: {before[1]:.3f} s at {before[0]}, {now[1]:.3f} s at {size}"
        before = now
    return ""


def _seems_to_grow(before: Took, now: Took) -> bool:
    return before[1] >= _NOISE and _exponent(before, now) >= BOUND


def _again(work: Work, before: Took, now: Took) -> tuple[Took, Took]:
    """What both take when they are asked some times more, while the second is long and seems to
    grow too quickly: the processor may have been another's meanwhile, or its own alone before."""
    for _ in range(_AGAIN):
        if now[1] < _LONG or not _seems_to_grow(before, now):
            break
        before = (before[0], max(before[1], _least(work(before[0]), 2)))
        now = (now[0], min(now[1], _least(work(now[0]), 1)))
    return before, now


def _is_a_line(work: Work) -> bool:
    """Whether the time at 16,000 octets is eight times that at 2,000. What is named grows sixfold
    from there to 64,000; when it is a line and a square, the square is a fifth of the line there,
    and the time 9.4 times that at 2,000: 1.17 times what the line by itself would show."""
    small, large = work(_SCREEN), work(8 * _SCREEN)
    most = 8 * _least(small, 3) * _LINE
    return _least(large, 1) < most or _least(large, 2) < 8 * _least(small, 2) * _LINE


def _says_nothing(work: Work, known: dict[int, float]) -> bool:
    """Whether the larger sizes by themselves show that nothing could be said of any: whatever is
    named takes `_LONG` at least, and `_NOISE` at the size before. Notes what they took."""
    *_, middle, large = SIZES
    known[middle] = _least(work(middle), 1)
    if known[middle] < _NOISE:
        return True
    if known[middle] >= _LONG:  # what grows by the cube would take minutes at the largest
        return False
    now = (large, _least(work(large), 1))
    before, now = _again(work, (middle, known[middle]), now)
    known.update((before, now))
    return now[1] < _LONG or not _seems_to_grow(before, now)


def _nearly_every_time(work: Work, small: int, large: int) -> bool:
    """Whether all but a few of some rounds show it on both halves of the way. Where memory is asked
    for anew, or a cache is full, one half grows and the other does not; a processor that was
    quicker for a moment, or caches that another program took away, do not last so long."""
    sizes = (small, math.isqrt(small * large), large)
    reads = [work(size) for size in sizes]
    others = 0
    for _ in range(_ROUNDS):
        time.sleep(_BETWEEN)
        first, middle, last = (
            (size, _least(read, times))
            for size, read, times in zip(sizes, reads, (4, 3, 2), strict=True)
        )
        first = (small, min(first[1], _least(reads[0], 1)))
        halves = (_exponent(first, middle), _exponent(middle, last))
        others += _exponent(first, last) < BOUND or min(halves) < (1 + BOUND) / 2
        if others > _OTHERS:
            return False
    return True


def _exponent(small: Took, large: Took) -> float:
    return math.log(max(large[1], 1e-9) / small[1]) / math.log(large[0] / small[0])


def _least(read: Callable[[], object], times: int) -> float:
    least = math.inf
    for _ in range(times):
        start = time.process_time()
        read()
        least = min(least, time.process_time() - start)
    return least


def in_children(jobs: Iterable[Job], children: int = 2) -> list[str]:
    """Does the jobs, each a name and what yields faults, in some processes; all faults. A job that
    takes too long is a fault, and the next one is done all the same. Jobs with faults are done once
    more when the others have ended, and only what is found then is told: what another program took
    from the machine's caches for a while is nobody's fault."""
    shares: list[list[Job]] = [[] for _ in range(children)]
    for number, job in enumerate(jobs):
        shares[number % children].append(job)
    with ThreadPoolExecutor(children) as pool:
        faulty = {name for faults in pool.map(_share, shares) for name, _ in faults}
    again = [job for share in shares for job in share if job[0] in faulty]
    return [f"{name}: {fault}" for name, fault in _share(again)]


def _share(share: list[Job]) -> list[tuple[str, str]]:
    """The faults of some jobs, each with its job's name."""
    faults: list[tuple[str, str]] = []
    done = 0
    while done < len(share):
        begun, code = 0, 0
        pid, reading = _start(share[done:])
        for line in _lines(pid, reading):
            begun += line.startswith("?")
            if line.startswith("!"):
                faults.append((share[done + begun - 1][0], line[1:]))
        if code := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
            faults.append((share[done + begun - 1][0], f"did not end (exit {code})"))
        done = done + begun if begun else len(share)
    return faults


def _lines(pid: int, reading: int) -> Iterator[str]:
    """What a child says; it is killed when one job takes it too long. A timer of its own would make
    its clock go by ticks, and what is over within one would seem to take all of it."""
    begun, rest = _used(pid), b""
    with os.fdopen(reading, "rb", buffering=0) as said:
        while True:
            if not select.select([said], [], [], _LOOK)[0]:
                if _used(pid) - begun > _SECONDS:
                    os.kill(pid, signal.SIGKILL)
                continue
            if not (octets := said.read(65536)):
                return
            *lines, rest = (rest + octets).split(b"\n")
            begun = _used(pid)
            yield from (line.decode("utf-8") for line in lines)


def _used(pid: int) -> float:
    """Seconds of the processor that a child has used (proc(5)); it is not waited for yet."""
    facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(facts[11]) + int(facts[12])) / os.sysconf("SC_CLK_TCK")


def _start(share: list[Job]) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    os.close(reading)
    code = 1
    try:
        gc.disable()  # its work grows with all that lives, which is not what is measured
        for name, job in share:
            _say(writing, f"?{name}")
            for fault in job():
                _say(writing, f"!{fault}")
        code = 0
    except BaseException as error:
        _say(writing, f"!{error!r}")
    finally:
        os._exit(code)


def _say(writing: int, words: str) -> None:
    os.write(writing, words.replace("\n", "\\n").encode("utf-8", "backslashreplace") + b"\n")
