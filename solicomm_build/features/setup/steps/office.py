"""A hub in an office: found by its name on the local network, certified by its own authority."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from solicomm_build.features.setup import authority, reach
from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.authority import Pair
from solicomm_build.features.setup.machine import MEMORY, Machine
from solicomm_build.features.setup.places import CERTIFICATE, HUB, certify
from solicomm_build.features.setup.step import Step
from solicomm_build.features.setup.trusting import FILE

_ROOT, _ROOT_KEY = f"{MEMORY}/root.pem", f"{MEMORY}/root.key"
_SHOWN = f"{HUB}/{FILE}"
_AVAHI = "/etc/avahi/avahi-daemon.conf"
_SOON = timedelta(days=30)


def certificate(answers: Answers) -> Step:
    """The authority, and what it signs; renewed by the next run when it ends within a month."""
    names = tuple(dict.fromkeys((answers.domain, answers.mail)))

    def is_there(machine: Machine) -> bool:
        root, shown = machine.read(_ROOT), machine.read(_SHOWN)
        return root is not None and shown == root and _holds(machine, root)

    def do(machine: Machine) -> None:
        root = _authority(machine, answers.domain)
        made = authority.issued(root, names)
        certify(machine, made.certificate, made.key)
        machine.write(_SHOWN, root.certificate)
        for unit in ("solicomm", "postfix", "dovecot"):
            if machine.is_active(unit):
                machine.must("systemctl", "reload", unit)

    return Step(
        "certificate",
        (
            f"an authority of your own, which signs for {answers.domain} alone, and a certificate",
            f"people trust it once, at https://{answers.domain}/trust/",
        ),
        is_done=is_there,
        do=do,
        prove=lambda machine: "" if is_there(machine) else "the certificate is not there",
    )


def fingerprint(machine: Machine) -> str:
    """What people compare before they trust the authority."""
    return authority.fingerprint(machine.read(_ROOT) or "")


def _authority(machine: Machine, domain: str) -> Pair:
    """The one there is, or a new one: the key first, so that a certificate is never without it."""
    certificate, key = machine.read(_ROOT), machine.read(_ROOT_KEY)
    if certificate is not None and key is not None:
        return Pair(certificate, key)
    made = authority.root(domain)
    machine.write(_ROOT_KEY, made.key, mode=0o600)
    machine.write(_ROOT, made.certificate)
    return made


def _holds(machine: Machine, root: str) -> bool:
    found, by = authority.read(machine.read(CERTIFICATE) or ""), authority.read(root)
    if found is None or by is None:
        return False
    return found.issuer == by.subject and found.ends > datetime.now(UTC) + _SOON


def name(answers: Answers) -> Step:
    """The name on the local network (mDNS, RFC 6762), by avahi."""
    host = answers.domain.removesuffix(".local")

    def wanted(machine: Machine) -> str:
        text = machine.read(_AVAHI) or "[server]\n"
        text = re.sub(r"^#?host-name=.*\n", "", text, flags=re.MULTILINE)
        return text.replace("[server]\n", f"[server]\nhost-name={host}\n", 1)

    def is_there(machine: Machine) -> bool:
        return machine.read(_AVAHI) == wanted(machine) and machine.is_active("avahi-daemon")

    def do(machine: Machine) -> None:
        machine.write(_AVAHI, wanted(machine))
        machine.must("systemctl", "enable", "--quiet", "avahi-daemon")
        machine.must("systemctl", "restart", "avahi-daemon")

    def undo(machine: Machine) -> None:
        machine.put_back(_AVAHI)
        machine.tries("systemctl", "restart", "avahi-daemon")

    return Step(
        "name",
        (f"{answers.domain} on the local network, said by avahi (mDNS); no DNS is needed",),
        is_done=is_there,
        do=do,
        undo=undo,
        prove=lambda machine: "" if is_there(machine) else "avahi does not run",
    )


def web(answers: Answers) -> Step:
    """Pages at the name, for who trusts the authority."""

    def shows(machine: Machine) -> str:
        trusts = str(machine.path(_ROOT))
        if machine.until(lambda: not reach.page(answers.domain, trusts=trusts)):
            return ""
        why = reach.page(answers.domain, trusts=trusts)
        return f"https://{answers.domain}/ does not show the hub: {why}"

    return Step(
        "web",
        (f"the hub itself shows its pages at https://{answers.domain}/",),
        is_done=lambda machine: True,
        prove=shows,
    )
