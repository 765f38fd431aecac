"""Hubs that share a conference: three, a week apart, until they agree; and one answer on the way.

The three stand in a line, a – b – c, and each has mail that the others lack, a tenth of it the same
as another's; the home also moderates. One process does the work of all, so the processor's time is
told apart by hub: what it signs and writes for another, and what it takes. Beside them two real
`solicomm serve`, one of which gets an answer by SMTP and the other has it on its page.
"""

from __future__ import annotations

import contextlib
import re
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from solicomm_build.features.founding import founding
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git.writer import Change, Writer
from solicomm_build.message.parse import parse
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.post.store import postplaces
from solicomm_build.testing import hubs, mailservers, served, smallhub
from solicomm_build.testing.networks import Network
from solicomm_build.testing.ports import free_ports
from tests.bench import process
from tests.bench.corpus import Corpus, load
from tests.bench.hub import OUT, SOLICOMM
from tests.bench.result import Result

_WEEK = 500  # posts
_ANSWERS = 9
_LEGS = ("ab", "ba", "bc", "cb")


def measure(corpus: Corpus) -> Iterator[Result]:
    """A quarter of the corpus at each hub, or 10,000 mails of the whole one."""
    each = 10_000 if len(corpus.messages) > 10_000 else len(corpus.messages) // 4
    made = _posts(each * 3 + _WEEK)
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="networks-", dir=OUT) as folder:
        yield from _a_week_apart(Network(Path(folder)), made, each)
    yield from _answered()


def _posts(count: int) -> list[Post]:
    found: dict[str, Post] = {}
    for raw in load(count + count // 20).messages:
        with contextlib.suppress(SoliCommError):
            post = posts.of_message(parse(raw.replace(b"\n", b"\r\n")))
            found.setdefault(post.mid, replace(post, attachments=()))
    return [*found.values()][:count]


# -- three hubs -----------------------------------------------------------------------------------


def _a_week_apart(net: Network, made: Sequence[Post], each: int) -> Iterator[Result]:
    net.write("a", hubs.post("root"))
    for name, hub in net.hubs.items():
        with peering.changing(hub) as known:
            for one in [*known.peers.values()]:
                known.peers[one.id] = peering.with_quota(one, 10**6)
        if name != "a":
            net.carry("a", name)
    same = each // 10
    for number, name in enumerate("abc"):
        own = made[number * (each - same) : (number + 1) * (each - same)]
        net.write(name, *own, *made[3 * (each - same) :][:same])
    _moderate(net, made[: each - same : 100])
    spent = dict.fromkeys("abc", 0.0)
    came, seconds, rounds = 0, 0.0, 0
    legs: list[tuple[str, int, float, int]] = []
    while rounds < 5 and len({net.tree(name) for name in "abc"}) > 1:
        rounds += 1
        for giver, taker in (tuple(leg) for leg in _LEGS):
            before, begun = _count(net, taker), _used()
            stick = net.stick(giver, taker)
            written, since = _used(), time.perf_counter()
            net.read(taker, stick)
            took = time.perf_counter() - since
            spent[giver] += written - begun
            spent[taker] += _used() - written
            new = _count(net, taker) - before
            legs.append((f"{giver}{taker}", new, round(took, 2), stick.stat().st_size))
            if new >= each // 2:
                came, seconds = came + new, seconds + took
            stick.unlink()
    if len({net.tree(name) for name in "abc"}) > 1:
        raise RuntimeError("the hubs do not agree after five rounds")
    details = {"mails at each hub": each, "legs: posts, s to take, octets": legs}
    what = f"three hubs, a week apart, {each:,} mails each"
    yield Result(f"{what}: until they agree", rounds, "rounds", False, goal="≤ 2", details=details)
    cpu = {name: round(value, 1) for name, value in spent.items()}
    most = max(cpu.values())
    yield Result(f"{what}: processor, the busiest", most, "s", False, goal="≤ 60 s", details=cpu)
    yield Result(f"{what}: posts taken", came / seconds, "posts/s", goal="≥ 600/s")
    for giver, taker in (("a", "b"), ("b", "a")):
        net.carry(giver, taker)
    net.write("a", *made[-_WEEK:])
    size = net.stick("a", "b").stat().st_size / 1e6
    yield Result(f"what {_WEEK} new posts weigh on a stick", size, "MB", False, goal="≤ 1 MB")


def _moderate(net: Network, some: Sequence[Post]) -> None:
    """The home hides some posts."""
    with Writer(net.repo("a")) as writer:
        for number, post in enumerate(some):
            at = hubs.after(number)
            event = events.make("hide", at=at, by="operator", data={"post": post.mid})
            path = events.path(hubs.tid_of(post), event)
            change = Change(path, events.encode(event))
            writer.commit([change], author_name="op", when=at, message="Hide\n\nSource: web\n")


def _count(net: Network, name: str) -> int:
    return len(postplaces.mids(net.repo(name), net.tip(name)))


def _used() -> float:
    """Seconds of processor time of this process and of the gits that have ended."""
    who = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in who)


# -- one answer -----------------------------------------------------------------------------------


def _answered() -> Iterator[Result]:
    """From 250 at one hub to the page of another, both up and at rest."""
    with (
        tempfile.TemporaryDirectory(prefix="answered-", dir=OUT) as folder,
        contextlib.ExitStack() as end,
    ):
        ports = free_ports(2)
        roots = [Path(folder) / name for name in "ab"]
        configs = []
        for root, port in zip(roots, ports, strict=True):
            founding.found_hub(root, name=root.name, domain=f"{root.name}.example", sample=False)
            configs.append(mailservers.configure(root, f"url: http://127.0.0.1:{port}\n"))
        founding.new_conference(
            configs[0],
            "net",
            kind="conference",
            title="Net",
            posting="open",
            lang="en",
            visibility="public",
        )
        cards = [_peer(root, "card") for root in roots]
        for root, card in zip(roots, reversed(cards), strict=True):
            file = root.with_suffix(".card")
            file.write_text(card)
            _peer(root, "add", str(file), "--yes")
        runs = [
            end.enter_context(served.serving(c, http=p))
            for c, p in zip(configs, ports, strict=True)
        ]
        found = re.search(r"(?m)^id: (\S+)", cards[0])
        _peer(roots[1], "follow", found[1] if found else "", "conferences/net", "--mode", "full")
        runs[0].send(_mail("first"), "net@a.example")
        page = f"/conferences/net/t/{hubs.mid('first')}/"
        runs[1].page(page)
        taken = []
        for number in range(_ANSWERS):
            writer, reader = runs[number % 2], runs[1 - number % 2]
            writer.send(_mail(f"n{number}", "first"), f"net@{'ab'[number % 2]}.example")
            since = time.perf_counter()
            reader.page(page, f'id="{hubs.mid(f"n{number}")}"')
            taken.append(round(time.perf_counter() - since, 2))
    details = {"seconds": taken}
    what = "answer at one hub, on another's page"
    yield Result(f"{what}: the slowest", max(taken), "s", False, goal="≤ 5 s", details=details)


def _mail(name: str, *above: str) -> bytes:
    fields = [f"References: <{one}@union.example>" for one in above]
    return smallhub.mail(f"Words {name}", *fields, msgid=f"<{name}@union.example>", subject=name)


def _peer(root: Path, *words: str) -> str:
    return process.run([SOLICOMM, "peer", *words], SOLICOMM_HUB=str(root)).stdout
