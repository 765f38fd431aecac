"""What is wrong with the machines of a hub, and what helps."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.cells import standing
from solicomm_build.features.cells.machines import survey
from solicomm_build.features.cells.machines.survey import Survey
from solicomm_build.foundation.hub.cluster.members import Member
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.git.replica import comparing
from solicomm_build.git.replica import standing as replicas

_OLDEST = (3, 4)
"""Versions before it have no gateway at /v3."""
_APART = 5.0  # seconds that clocks may be apart before somebody is told
_FEW = 3  # names in one sentence


def check(config: Config) -> Iterator[Finding]:
    """For `solicomm check`: everything, or that all is well."""
    found = list(look(config))
    yield from found
    if not found:
        yield fine("every machine, etcd and follower answers, and has everything")


def look(config: Config) -> Iterator[Finding]:
    """What is wrong now. Blocking: seconds, where somebody does not answer."""
    yield from of(config, survey.look(config))


def of(config: Config, found: Survey) -> Iterator[Finding]:
    """Everything, the worst of each kind first."""
    yield from of_etcd(found.etcd)
    yield from _of_machines(found)
    yield from _of_followers(config, found)
    if found.store is not None and not found.store.answers:
        yield fault(
            f"the store of objects does not answer: {found.store.says}",
            "Mail is refused (451) until it does. `solicomm check` says more of it",
            about="store",
        )


def of_etcd(found: tuple[Member, ...]) -> Iterator[Finding]:
    """What is wrong with etcd and with clocks."""
    if not any(one.has_majority for one in found):
        yield fault(
            f"etcd has no majority: {sum(one.answers for one in found)} of {len(found)} answer",
            "Nobody takes over, and who has the hub stops when its lease ends. Start etcd on the "
            "others: systemctl start etcd",
            about="majority",
        )
    for one in found:
        if not one.answers:
            yield fault(
                f"etcd at {one.address} does not answer: {one.says}",
                "See `systemctl status etcd` there, that it listens on that address, and that the "
                "firewall lets this machine in",
                about=one.address,
            )
            continue
        if one.says:
            remedy = "See `journalctl -u etcd` there"
            if "NOSPACE" in one.says:
                remedy = "It is full: etcdctl compact, etcdctl defrag, then etcdctl alarm disarm"
            yield fault(f"etcd at {one.address} says: {one.says}", remedy, about=one.address)
        if _version(one.version) < _OLDEST:
            words = f"etcd at {one.address} is version {one.version or 'unknown'}"
            yield fault(words, "Install 3.4 or later", about=one.address)
        if one.ahead is not None and abs(one.ahead) > _APART:
            yield _of_clock(one, one.ahead)


def _of_clock(one: Member, ahead: float) -> Finding:
    way = "ahead of" if ahead > 0 else "behind"
    return warning(
        f"the clock at {one.address} is {abs(ahead):,.0f} seconds {way} this machine's",
        "Say `timedatectl set-ntp true` on both. Who has the hub does not hang on clocks, but "
        "dates of mail do, and stores of objects refuse who is a quarter of an hour off",
        about=f"clock {one.address}",
    )


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in text.split(".")[:2] if one.isdigit())


def _of_machines(found: Survey) -> Iterator[Finding]:
    for machine in found.machines or ():
        if not machine.is_there:
            yield fault(
                f"{machine.name} is not there",
                "Start it: `systemctl start solicomm` there. If it is gone for good, take it out "
                "of `git: followers` and put another in its place",
                about=machine.name,
            )
    versions: dict[str, str] = {}
    for one in (one for one in found.machines or () if one.version):
        said = f"{one.name} has SoliComm {one.version}"
        versions.setdefault(one.version.rpartition(".")[0], said)
    if len(versions) > 1:
        remedy = (
            "Bring all to one: of two minor versions the older takes nothing over from the newer"
        )
        yield warning(", ".join(versions.values()), remedy, about="versions")
    lost = [one.cell for one in found.cells or () if one.owner == standing.NOBODY]
    if lost:
        what = f"cell {', '.join(map(str, lost[:_FEW]))}{' and more' if lost[_FEW:] else ''}"
        remedy = "One that stands by takes it within seconds. Else: what does `serve` say there?"
        yield fault(f"{what}: nobody has it", remedy, about="nobody")


def _of_followers(config: Config, found: Survey) -> Iterator[Finding]:
    said = config.cluster.git
    well = 0
    for row in found.followers:
        name = survey.place_of(said.names, row.place)
        words = f"the followers at {name}: {row.says}"
        if row.state == comparing.SAME:
            well += 1
        elif row.state == comparing.SILENT:
            yield fault(words, f"See sshd and the disk there, {row.place}", about=row.place)
        elif row.state == comparing.MISSING:
            remedy = "Is its disk mounted there? Else it gets all within half a minute, and at the "
            remedy += "latest when `serve` is started again on the machine with the hub"
            yield fault(words, remedy, about=row.place)
        elif row.state == replicas.AHEAD:
            remedy = "This machine gets them within half a minute, if its sshd and disk are well"
            yield warning(f"{words}: this one is behind", remedy, about=row.place)
        elif row.state == comparing.OTHER:
            remedy = "The next commit mends it; `solicomm fsck --replicas` says which, where the "
            yield warning(words, f"{remedy}hub is", about=row.place)
        else:
            remedy = "It is brought up to date within half a minute"
            yield warning(words, remedy, about=row.place)
    if (
        found.followers
        and well < said.ack
        and any(row.state == comparing.SILENT for row in found.followers)
    ):
        yield fault(
            f"{well} followers are well, and `ack` is {said.ack}",
            "No commit is made and mail is refused (451) until enough answer",
            about="ack",
        )
    if found.behind:
        names = ", ".join(found.behind[:_FEW]) + (" and more" if found.behind[_FEW:] else "")
        remedy = "They are brought there by themselves; `solicomm fsck --replicas` says how far"
        words = f"{len(found.behind)} repositories wait for a follower: {names}"
        yield warning(words, remedy, about="behind")
