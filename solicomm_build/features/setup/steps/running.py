"""The hub as a service, its backups, and whether all of it is well."""

from __future__ import annotations

import shlex
from pathlib import Path

from solicomm_build.features.setup import places, unitfiles
from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.machine import HOME, USER, Machine
from solicomm_build.features.setup.places import HUB, UNITS
from solicomm_build.features.setup.step import Step

_PACKAGED = Path("/usr/lib/systemd/system/solicomm.service")
_BACKUP = "solicomm-backup"


def steps(answers: Answers) -> tuple[Step, ...]:
    """In their order."""
    return (_units(),)


def units() -> dict[str, str]:
    """The files for systemd by name, with the program that runs now; none where Debian's package
    has brought them."""
    if _PACKAGED.exists():
        return {}
    return unitfiles.services(places.program())


def _units() -> Step:
    def names() -> list[str]:
        timers = [name for name in units() or ("solicomm-maps.timer",) if name.endswith(".timer")]
        return ["solicomm.service", *timers]

    def is_there(machine: Machine) -> bool:
        same = all(machine.read(f"{UNITS}/{name}") == text for name, text in units().items())
        return same and all(machine.is_active(name) for name in names())

    def do(machine: Machine) -> None:
        for name, text in units().items():
            machine.write(f"{UNITS}/{name}", text)
        machine.must("systemctl", "daemon-reload")
        machine.must("systemctl", "enable", "--quiet", *names())
        machine.must("systemctl", "restart", *names())

    def undo(machine: Machine) -> None:
        machine.tries("systemctl", "disable", "--now", "--quiet", *names())
        for name in units():
            machine.put_back(f"{UNITS}/{name}")
        machine.tries("systemctl", "daemon-reload")

    def prove(machine: Machine) -> str:
        if machine.until(lambda: is_there(machine) and _answers(machine)):
            return ""
        return "the hub does not run: journalctl -u solicomm -e"

    return Step(
        "service",
        ("the hub as a service of systemd, from now on and after each start of the machine",),
        is_done=is_there,
        do=do,
        undo=undo,
        prove=prove,
    )


def _answers(machine: Machine) -> bool:
    """Whether the hub has made its socket for mail, which it does when all of it stands."""
    return machine.path("/run/solicomm/lmtp").exists()


def backups(answers: Answers) -> Step:
    """A timer, and the first backup at once."""

    place = answers.backup
    if place.startswith("/"):
        place = str(Path(place))
    word = shlex.quote(place).replace("%", "%%")  # as a unit has it

    def is_there(machine: Machine) -> bool:
        service = machine.read(f"{UNITS}/{_BACKUP}.service") or ""
        return word in service.split() and machine.is_active(f"{_BACKUP}.timer")

    def do(machine: Machine) -> None:
        for kind in ("service", "timer"):
            machine.note("fresh", f"{UNITS}/{_BACKUP}.{kind}")
        places.must(machine, "backup", answers.backup, "--every", "day")

    def undo(machine: Machine) -> None:
        machine.tries("systemctl", "disable", "--now", "--quiet", f"{_BACKUP}.timer")
        for kind in ("service", "timer"):
            machine.put_back(f"{UNITS}/{_BACKUP}.{kind}")

    return Step(
        "backups",
        (
            f"a backup every day into {answers.backup}, sealed with a key of its own",
            *_needs(place),
            "keep that key off this machine: `solicomm backup key` shows it",
        ),
        is_done=is_there,
        do=do,
        undo=undo,
        prove=lambda machine: "" if is_there(machine) else "the timer of backups does not run",
    )


def _needs(place: str) -> tuple[str, ...]:
    """What only a person can bring before a backup goes to another machine."""
    if place.startswith("sftp:"):
        return (f"it goes by ssh: {USER} needs a key, and has to know that machine (docs say how)",)
    if place.startswith("s3:"):
        return (f"the bucket's name and secret stand in {HOME}/.aws/credentials, for {USER} alone",)
    return ()


def whole(answers: Answers) -> Step:
    """What `solicomm check` says of all of it."""
    ports = "TCP in at 25, 80, 443, 465, 587, 993 and 4190"
    if answers.local:
        ports = "TCP in at 25, 443, 465, 587, 993 and 4190, and UDP at 5353 (mDNS)"

    def prove(machine: Machine) -> str:
        ended = places.tries(machine, "check")
        if not ended.code:
            return ""
        faults = [line for line in ended.text.splitlines() if "fault" in line]
        return "; ".join(faults) or ended.text.strip()[-400:]

    return Step(
        "check",
        (
            "`solicomm check` finds no fault",
            f"a firewall in front lets {ports}",
        ),
        is_done=lambda machine: machine.path(HUB).is_dir(),
        prove=prove,
    )
