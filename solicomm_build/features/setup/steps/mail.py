"""The mail servers: Postfix in front of the hub, Dovecot behind it, with the hub's settings."""

from __future__ import annotations

import json

from solicomm_build.features.setup import places, reach
from solicomm_build.features.setup.answers import Answers, Relay
from solicomm_build.features.setup.machine import MEMORY, Machine
from solicomm_build.features.setup.places import HUB, must
from solicomm_build.features.setup.step import Step
from solicomm_build.foundation import data
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.smarthost import PASSWORDS

_MAIN, _MASTER = "/etc/postfix/main.cf", "/etc/postfix/master.cf"
_DOVECOT = "/etc/dovecot/dovecot.conf"
_WROTE = f"{MEMORY}/wrote"
"""What setup has written last, by the same path below it."""
_FILTERS = ("smtpd_milters", "non_smtpd_milters", "milter_")
_TMPFILES = "/etc/tmpfiles.d/solicomm.conf"
_MADE = {
    _MAIN: "postfix/main.cf",
    _MASTER: "postfix/master.cf",
    _DOVECOT: "dovecot/dovecot.conf",
}
"""What `solicomm mta-maps --show` calls them."""


def steps(answers: Answers) -> tuple[Step, ...]:
    """In their order."""
    relay = () if answers.relay is None else (_password(answers.relay),)
    return (_socket(), *relay, _postfix(), _dovecot())


def _socket() -> Step:
    def text() -> str:
        return (data.folder("deploy") / "systemd" / "solicomm.tmpfiles").read_text("utf-8")

    def is_there(machine: Machine) -> bool:
        return machine.read(_TMPFILES) == text() and machine.path("/run/solicomm").is_dir()

    def do(machine: Machine) -> None:
        machine.write(_TMPFILES, text())
        machine.must("systemd-tmpfiles", "--create", str(machine.path(_TMPFILES)))

    return Step(
        "socket",
        ("/run/solicomm, where Postfix hands mail over to the hub and nobody else can",),
        is_done=is_there,
        do=do,
        undo=lambda machine: machine.put_back(_TMPFILES),
        prove=lambda machine: "" if is_there(machine) else "there is no /run/solicomm",
    )


def _password(relay: Relay) -> Step:
    def line() -> str:
        try:
            first = relay.password_file.read_text("utf-8").splitlines()[:1]
        except (OSError, UnicodeDecodeError) as error:
            raise HubError(f"{relay.password_file} cannot be read: {error}") from error
        if not first or not first[0].strip():
            raise HubError(
                f"{relay.password_file} is empty: write the password into its first line"
            )
        return f"[{relay.host}]:{relay.port} {relay.user}:{first[0].strip()}\n"

    def do(machine: Machine) -> None:
        machine.write(PASSWORDS, line(), mode=0o600)

    return Step(
        "relay",
        (
            f"mail goes out by {relay.host}, port {relay.port}, as {relay.user}",
            f"its password, from {relay.password_file}, into {PASSWORDS}, for root alone",
        ),
        is_done=lambda machine: machine.read(PASSWORDS) == line(),
        do=do,
        undo=lambda machine: machine.put_back(PASSWORDS),
    )


def _is_as_made(machine: Machine, *files: str) -> bool:
    """Whether files of /etc say what the hub makes of its settings now; more may stand in them."""
    if not machine.path(HUB).is_dir() or places.tries(machine, "mta-maps").code:
        return False
    made = _made(machine)
    return all(_lines(made[_MADE[file]]) <= _lines(machine.read(file) or "") for file in files)


def _made(machine: Machine) -> dict[str, str]:
    """What goes into /etc, as root's own process makes it: the files of the hub's folder say the
    same, but the hub's user may have changed them."""
    try:
        made = json.loads(must(machine, "mta-maps", "--show").splitlines()[-1])
        return {name: str(made[name]) for name in _MADE.values()}
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise HubError("`solicomm mta-maps --show` is of another version: install anew") from error


def _take(machine: Machine, *files: str) -> None:
    must(machine, "mta-maps")
    found = _made(machine)
    for file in files:
        made = found[_MADE[file]]
        machine.write(file, _with_own(machine, file, made))
        machine.write(f"{_WROTE}{file}", made)


def _give_back(machine: Machine, *files: str) -> None:
    """What was there before setup; what setup wrote is no measure of it."""
    for file in files:
        machine.put_back(file)
        machine.path(f"{_WROTE}{file}").unlink(missing_ok=True)
        machine.forget("fresh", f"{_WROTE}{file}")


def _with_own(machine: Machine, file: str, made: str) -> str:
    """What the hub has made of a file, with what somebody wrote into it since setup did, such as
    the lines for rspamd. Raises HubError where that cannot be told by lines."""
    present, wrote = machine.read(file), machine.read(f"{_WROTE}{file}")
    known = _lines(made) | _lines(wrote or "")
    own = [line for line in (present or "").splitlines() if _lines(line) - known]
    if wrote is None:  # not written by setup: of others' lines those for filters alone are kept
        own = [line for line in own if line.startswith(_FILTERS)]
    if not own:
        return made
    if file != _MAIN:
        raise HubError(
            f"{file} has lines of your own, such as “{own[0].strip()}”, and what the hub would "
            f"write is new, too. Bring them together by hand: {HUB}/mta/{_MADE[file]} has the hub's"
        )
    return "\n".join([made, "# Yours, kept by `solicomm setup`.", *own]) + "\n"


def _lines(text: str) -> frozenset[str]:
    """What a file says, without comments and spaces."""
    words = (" ".join(line.split()) for line in text.splitlines())
    return frozenset(one for one in words if one and not one.startswith("#"))


def _postfix() -> Step:
    def do(machine: Machine) -> None:
        _take(machine, _MAIN, _MASTER)
        machine.must("postfix", "check")
        machine.must("systemctl", "enable", "--quiet", "postfix")
        machine.must("systemctl", "restart", "postfix")

    def undo(machine: Machine) -> None:
        _give_back(machine, _MAIN, _MASTER)
        if machine.read(_MAIN):
            machine.tries("systemctl", "restart", "postfix")
        else:
            machine.tries("systemctl", "disable", "--now", "--quiet", "postfix")

    def prove(machine: Machine) -> str:
        for port in (25, 10026, 587):
            if not machine.until(lambda port=port: reach.greets(port, "220")):  # type: ignore[misc]
                return f"Postfix does not answer at port {port}: journalctl -u postfix -e"
        if not machine.until(lambda: reach.listens(465)):
            return "Postfix does not answer at port 465: journalctl -u postfix -e"
        return ""

    return Step(
        "postfix",
        (
            f"Postfix with the hub's {_MAIN} and {_MASTER}; what was there is kept",
            "it takes mail at port 25, and from people who log in at 465 and 587",
        ),
        is_done=lambda machine: (
            _is_as_made(machine, _MAIN, _MASTER) and machine.is_active("postfix")
        ),
        do=do,
        undo=undo,
        prove=prove,
    )


def _dovecot() -> Step:
    def do(machine: Machine) -> None:
        _take(machine, _DOVECOT)
        machine.must("doveconf", "-n")
        machine.must("systemctl", "enable", "--quiet", "dovecot")
        machine.must("systemctl", "restart", "dovecot")

    def undo(machine: Machine) -> None:
        _give_back(machine, _DOVECOT)
        machine.tries("systemctl", "restart", "dovecot")

    def prove(machine: Machine) -> str:
        if machine.until(lambda: reach.listens(993)):
            return ""
        return "Dovecot does not answer at port 993: journalctl -u dovecot -e"

    return Step(
        "dovecot",
        (f"Dovecot with the hub's {_DOVECOT}: people read mail at port 993",),
        is_done=lambda machine: _is_as_made(machine, _DOVECOT) and machine.is_active("dovecot"),
        do=do,
        undo=undo,
        prove=prove,
    )
