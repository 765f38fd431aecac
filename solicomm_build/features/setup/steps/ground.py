"""What a hub stands on: the system, its packages, an account, and a name for the command."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.machine import HOME, USER, Machine
from solicomm_build.features.setup.places import HUB, LINK, program
from solicomm_build.features.setup.step import Step
from solicomm_build.foundation.errors import HubError

SYSTEMS = {
    ("debian", "12"): "Debian 12",
    ("debian", "13"): "Debian 13",
    ("ubuntu", "24.04"): "Ubuntu 24.04",
}
ROOM = 4 * 1024**3
"""Octets of disk that a hub needs to begin with."""
MEMORY = 900 * 1024
"""KiB of memory; a machine that is sold with 1 GiB has a little less."""
_PROFILE = "/etc/profile.d/solicomm.sh"
_MAIL = ("postfix", "dovecot-imapd", "dovecot-lmtpd", "dovecot-sieve", "dovecot-managesieved")
_MTAS = {"master", "exim4"}  # Debian's exim4 gives way to Postfix by itself
_OWN = {"solicomm", "python"}
"""What the hub's service is called; the other where a shell begins Python for a long path."""
_PROGRAM = re.compile(r'\("([^"]*)"')
_SERVERS = {"caddy": ("caddy",), "nginx": ("nginx",), "none": ()}


def steps(answers: Answers) -> tuple[Step, ...]:
    """In their order."""
    return (_system(answers), _packages(answers), _account(), _name())


# -- the system -------------------------------------------------------------------------------


def _system(answers: Answers) -> Step:
    *before, last = SYSTEMS.values()
    names = f"{', '.join(before)} or {last}"
    return Step(
        "system",
        (
            f"look whether this is {names}, with systemd, 1 GB of memory and 4 GB of free disk",
            "and whether ports of mail and web are free",
        ),
        is_done=lambda machine: True,
        prove=lambda machine: _fits(machine) or _taken(machine, answers),
    )


def _fits(machine: Machine) -> str:
    facts = dict(
        line.partition("=")[::2] for line in (machine.read("/etc/os-release") or "").splitlines()
    )
    found = (facts.get("ID", "").strip('"'), facts.get("VERSION_ID", "").strip('"'))
    if found not in SYSTEMS:
        what = facts.get("PRETTY_NAME", "something else").strip('"')
        return f"this is {what}; setup knows {', '.join(SYSTEMS.values())}. On others docs say how"
    if not machine.path("/run/systemd/system").is_dir():
        return "systemd does not run here. Use a machine that has booted with it"
    if shutil.disk_usage(machine.root).free < ROOM:
        return "less than 4 GB of the disk are free. Take a larger one"
    return _memory(machine)


def _memory(machine: Machine) -> str:
    text = machine.read("/proc/meminfo") or ""
    total = next((line.split()[1] for line in text.splitlines() if line.startswith("MemTotal")), "")
    if total and int(total) < MEMORY:
        return f"this machine has {int(total) // 1024} MB of memory. Take one with 1 GB"
    return ""


def _taken(machine: Machine, answers: Answers) -> str:
    """Which programs that are none of ours listen where ours have to."""
    ended = machine.tries("ss", "-ltnpH")
    if ended.code:
        return "`ss` does not say which ports are taken: apt-get install iproute2"
    ours, found = _ports(answers), list[str]()
    for port, programs in sorted(set(map(_listener, ended.text.splitlines()))):
        if port not in ours or _is_ours(machine, programs, ours[port]):
            continue
        name = programs[0] if programs else "a program without a name"
        found.append(f"{name} listens at port {port}, which the hub needs")
    if not found:
        return ""
    return (
        f"{'; '.join(found)}. Take it off this machine (apt-get remove, or systemctl disable "
        "--now), or use another one; `ss -ltnp` shows the process"
    )


def _ports(answers: Answers) -> dict[int, set[str]]:
    """The ports that will be used, and by which programs."""
    ours = {port: _MTAS for port in (25, 465, 587, 10026)}
    ours |= {993: {"dovecot"}, 4190: {"dovecot"}, 8025: _OWN}
    if answers.server == "none":
        return ours | {443: _OWN} | ({} if answers.local else {80: {"certbot"}})
    front = {answers.server}
    return ours | {80: {*front, "certbot"}, 443: front, 8080: _OWN}


def _is_ours(machine: Machine, programs: tuple[str, ...], ours: set[str]) -> bool:
    """Whether they are those that setup begins. A hub that somebody runs by hand is none: the
    service could not begin beside it."""
    names = {"python" if name.startswith("python") else name for name in programs}
    return not ours.isdisjoint(names) and (ours is not _OWN or machine.is_active(USER))


def _listener(line: str) -> tuple[int, tuple[str, ...]]:
    """The port and the programs in a line of `ss -ltnp`; 0 in a line that is none."""
    before, _, after = line.partition("users:(")
    fields = before.split()
    port = fields[3].rpartition(":")[2] if len(fields) > 3 else ""
    names = tuple(_PROGRAM.findall(after))
    return (int(port), names) if port.isascii() and port.isdigit() else (0, ())


# -- packages ---------------------------------------------------------------------------------


def packages(answers: Answers) -> tuple[str, ...]:
    """What Debian is asked for."""
    if answers.local:
        certified: tuple[str, ...] = ("avahi-daemon", "libnss-mdns")
    else:
        certified = ("certbot", *_SERVERS[answers.server])
    sasl = ("libsasl2-modules",) if answers.relay else ()
    kind, is_away, _ = answers.backup.partition(":")
    away = ("restic", *(("openssh-client",) if kind == "sftp" else ())) if is_away else ()
    return ("ca-certificates", "git", *_MAIL, *sasl, *certified, *away)


def _packages(answers: Answers) -> Step:
    wanted = packages(answers)

    def lacks(machine: Machine) -> list[str]:
        return [name for name in wanted if not _is_installed(machine, name)]

    def do(machine: Machine) -> None:
        absent = lacks(machine)
        machine.note("packages", *absent)
        choice = "postfix postfix/main_mailer_type select No configuration\n"
        machine.must("debconf-set-selections", typed=choice)
        install = ("apt-get", "install", "-y", "-q", "--no-install-recommends")
        machine.tries("dpkg", "--configure", "-a")  # what a power cut left half done
        if machine.tries(*install, *absent).code:
            machine.must("apt-get", "update", "-q")
            machine.must(*install, *absent)

    def undo(machine: Machine) -> None:
        ours = machine.noted("packages")
        if ours:
            machine.must("apt-get", "remove", "-y", "-q", *ours)
            machine.forget("packages", *ours)

    def prove(machine: Machine) -> str:
        absent = lacks(machine)
        return f"{', '.join(absent)} could not be installed" if absent else ""

    return Step(
        "packages",
        (f"apt-get install {' '.join(wanted)}",),
        is_done=lambda machine: not lacks(machine),
        do=do,
        undo=undo,
        prove=prove,
    )


def _is_installed(machine: Machine, name: str) -> bool:
    ended = machine.tries("dpkg-query", "-W", "-f", "${Status}", name)
    return ended.code == 0 and ended.text.strip() == "install ok installed"


# -- the account ------------------------------------------------------------------------------


def _account() -> Step:
    def is_there(machine: Machine) -> bool:
        return machine.tries("id", "-u", USER).code == 0 and machine.path(HOME).is_dir()

    def do(machine: Machine) -> None:
        if machine.tries("id", "-u", USER).code:
            machine.note("accounts", USER)
            machine.must("adduser", "--system", "--group", "--quiet", "--home", HOME, USER)
        machine.must("install", "-d", "-o", USER, "-g", USER, "-m", "755", HOME)

    def undo(machine: Machine) -> None:
        """It owns the hub, so it stays as long as that does."""
        if USER in machine.noted("accounts") and not machine.path(HUB).exists():
            machine.tries("deluser", "--quiet", "--system", USER)
            machine.forget("accounts", USER)

    return Step(
        "account",
        (f"the user {USER}, who has no password and no shell, with the folder {HOME}",),
        is_done=is_there,
        do=do,
        undo=undo,
        prove=lambda machine: "" if is_there(machine) else f"there is no user {USER}",
    )


# -- the command ------------------------------------------------------------------------------


def _name() -> Step:
    profile = f"export SOLICOMM_HUB={HUB}\n"

    def is_there(machine: Machine) -> bool:
        link = machine.path(LINK)
        return (_is_packaged() or _leads_here(link)) and machine.read(_PROFILE) == profile

    def do(machine: Machine) -> None:
        if not _is_packaged():
            machine.link(LINK, program())
        machine.write(_PROFILE, profile)

    def undo(machine: Machine) -> None:
        machine.put_back(LINK)
        machine.put_back(_PROFILE)

    def prove(machine: Machine) -> str:
        ended = machine.tries("runuser", "-u", USER, "--", str(program()), "--version")
        if ended.code:
            return (
                f"the user {USER} cannot run {program()}: {ended.text.strip()[-200:]}. Install "
                "SoliComm below /usr/local/lib, where every user may read"
            )
        return ""

    return Step(
        "command",
        (f"{LINK} leads to {program()}, and SOLICOMM_HUB names the hub",),
        is_done=is_there,
        do=do,
        undo=undo,
        prove=prove,
    )


def _is_packaged() -> bool:
    """Whether Debian's own package brought the program: it has its name then."""
    return Path("/usr/lib/solicomm") in program().parents


def _leads_here(link: Path) -> bool:
    return link.is_symlink() and Path(os.readlink(link)) == program()


def refuse_others() -> None:
    """Raises HubError for anybody but root."""
    if os.geteuid() != 0:
        raise HubError(
            "only root can set a machine up. Write `sudo` before it, or look with --dry-run first"
        )
