"""The hub itself: its folder, the unions, its settings, the records for the DNS."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from solicomm_build.features.setup import places, reach
from solicomm_build.features.setup.answers import Answers
from solicomm_build.features.setup.machine import Machine
from solicomm_build.features.setup.places import CERTIFICATE, HUB, KEY, ZONE, must
from solicomm_build.features.setup.step import Step
from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import HubError

_YAML = f"{HUB}/hub.yaml"
_LMTP = "unix:/run/solicomm/lmtp"
_SAID = "settings"
"""Lines of hub.yaml that setup has put there, in its journal."""


def steps(answers: Answers) -> tuple[Step, ...]:
    """In their order."""
    unions = (_unions(answers),) if answers.unions else ()
    records = () if answers.local else (_zone(answers),)
    return (_folder(answers), *unions, _settings(answers), *records)


def _folder(answers: Answers) -> Step:
    name = answers.name or answers.domain

    def is_there(machine: Machine) -> bool:
        return machine.read(_YAML) is not None

    def do(machine: Machine) -> None:
        if is_there(machine):
            raise HubError(prove(machine))
        folder = machine.path(HUB)
        if folder.is_dir() and any(folder.iterdir()):  # hub.yaml is what init writes last
            folder.rename(folder.with_name(f"hub.unfinished-{time.time_ns()}"))
        words = ("init", HUB, "--domain", answers.domain, "--name", name)
        machine.must(str(places.program()), *words)

    def prove(machine: Machine) -> str:
        found = re.search(r"^domain: *(\S+)", machine.read(_YAML) or "", re.MULTILINE)
        if found is None:
            return f"{_YAML} names no domain"
        if found[1].strip("\"'") != answers.domain:
            return f"{HUB} is the hub {found[1]}, not {answers.domain}. Move it away, or answer so"
        return ""

    return Step("hub", (f"a new hub in {HUB}",), is_done=is_there, do=do, prove=prove)


def _unions(answers: Answers) -> Step:
    wanted = answers.mail_domains

    def lacks(machine: Machine) -> list[str]:
        folder, private = machine.path(f"{HUB}/unions"), machine.path(f"{HUB}/private")
        named = {
            domain: formernames.current(private, folder, one) for domain, one in wanted.items()
        }
        return [domain for domain, one in named.items() if not (folder / f"{one}.git").is_dir()]

    def do(machine: Machine) -> None:
        for domain in lacks(machine):
            must(machine, "new", "union", wanted[domain], "--title", domain)

    return Step(
        "unions",
        tuple(f"a union with a site and addresses at {one}: {wanted[one]}" for one in wanted),
        is_done=lambda machine: not lacks(machine),
        do=do,
        prove=lambda machine: ", ".join(f"no union for {one}" for one in lacks(machine)),
    )


# -- settings ---------------------------------------------------------------------------------


def settings(answers: Answers) -> dict[str, str]:
    """Keys of hub.yaml with their values, as they are written."""
    own = answers.server == "none"
    found = {
        "url": f"https://{answers.host}",
        "http": '"[::]:443"' if own else "127.0.0.1:8080",
        "smtp": "127.0.0.1:8025",
        "lmtp": _LMTP,
        "operator": answers.operator,
        "tls": f"{{certificate: {CERTIFICATE}, key: {KEY}{'' if own else ', web: off'}}}",
        "delivery": "relay",
        "relay": "{host: 127.0.0.1, port: 10026}",
        "dns": "off" if answers.local else "system",
        "dovecot": "unix:/run/dovecot/lmtp",
    }
    if answers.unions:
        pairs = ", ".join(f"{domain}: {one}" for domain, one in answers.mail_domains.items())
        found["mail_domains"] = f"{{{pairs}}}"
    if answers.local:
        found["mta_sts"] = "off"
    if answers.pages:
        found["pages"] = f"{{domain: {answers.pages}}}"
    if (relay := answers.relay) is not None:
        found["smarthost"] = f"{{host: {relay.host}, port: {relay.port}}}"
    return found


def merged(text: str, values: Mapping[str, str]) -> str:
    """A hub.yaml with these keys; each stands where it stood, new ones at the end. What belongs to
    a key that is replaced, in indented lines, goes with it."""
    left, lines, is_dropped = dict(values), list[str](), False
    for line in text.splitlines():
        key = line.partition(":")[0]
        if line[:1].isalpha() and ":" in line:
            is_dropped = key in values
            if key in left:
                lines.append(f"{key}: {left.pop(key)}")
        elif is_dropped and not line.startswith((" ", "\t", "- ")):
            is_dropped = False
        if not is_dropped:
            lines.append(line)
    lines += [f"{key}: {value}" for key, value in left.items()]
    return "\n".join(lines) + "\n"


def remember(machine: Machine, before: Answers) -> None:
    """Notes the settings of the answers before, where setup has put them into hub.yaml and has not
    noted it: what is other there now, somebody has changed, such as the operator."""
    if _is_put(machine) and not machine.noted(_SAID):
        machine.note(_SAID, *_lines(settings(before)).values())


def _is_put(machine: Machine) -> bool:
    """Whether setup has written this hub.yaml: a new hub's has no such line."""
    return f"lmtp: {_LMTP}" in (machine.read(_YAML) or "").splitlines()


def _lines(values: Mapping[str, str]) -> dict[str, str]:
    return {key: f"{key}: {value}" for key, value in values.items()}


def _settings(answers: Answers) -> Step:
    values = settings(answers)

    def lacks(machine: Machine) -> dict[str, str]:
        """What has still to be put there, by its key; what was put there once is left alone."""
        known = {*(machine.read(_YAML) or "").splitlines()}
        known |= {*machine.noted(_SAID)} if _is_put(machine) else set()
        return {key: line for key, line in _lines(values).items() if line not in known}

    def is_there(machine: Machine) -> bool:
        return not lacks(machine)

    def do(machine: Machine) -> None:
        new = {key: values[key] for key in lacks(machine)}
        machine.write(_YAML, merged(machine.read(_YAML) or "", new), mode=0o600)
        over = [line for line in machine.noted(_SAID) if line.partition(":")[0] in new]
        machine.forget(_SAID, *over)
        machine.note(_SAID, *_lines(values).values())

    def prove(machine: Machine) -> str:
        ended = places.tries(machine, "check", "--dns", "--json")
        return "" if ended.code == 0 else f"hub.yaml: {ended.text.strip()[-400:]}"

    return Step(
        "settings",
        (
            f"in {_YAML}, but for what somebody has changed there since:",
            *_lines(values).values(),
        ),
        is_done=is_there,
        do=do,
        prove=prove,
    )


# -- the DNS ----------------------------------------------------------------------------------


def hosts(answers: Answers) -> tuple[str, ...]:
    """The names that have to lead to the machine before certificates can be had."""
    return tuple(dict.fromkeys((answers.host, answers.mail)))


def zone(machine: Machine, answers: Answers) -> str:
    """All records to publish: what the hub says it needs, and where its names lead."""
    found = answers.addresses or reach.addresses()
    names = dict.fromkeys((answers.host, answers.mail, answers.domain))
    names |= dict.fromkeys((answers.pages, f"*.{answers.pages}") if answers.pages else ())
    lines = ["; Where the names of this machine lead.", *_unknown(found)]
    for name in names:
        for one in found:
            lines.append(f"{name}. 3600 IN {'AAAA' if ':' in one else 'A'} {one}")
    lines += ["", *(_way_back(one, answers.mail) for one in found), ""]
    return "\n".join(lines) + must(machine, "check", "--dns")


def _unknown(found: tuple[str, ...]) -> tuple[str, ...]:
    """What is said where nobody knows the address."""
    if found:
        return ()
    return (
        "; This machine has no public address of its own: name it as `addresses` in the answers",
    )


def _way_back(address: str, host: str) -> str:
    return f"; Ask whoever gave you {address} to let it lead back (PTR) to {host}."


def _zone(answers: Answers) -> Step:
    def do(machine: Machine) -> None:
        machine.write(ZONE, zone(machine, answers))

    def prove(machine: Machine) -> str:
        return "" if machine.read(ZONE) else f"{ZONE} is empty"

    return Step(
        "records",
        (
            f"the DNS records to publish, into {ZONE}: copy them into your zone meanwhile",
            f"where names lead: {', '.join(hosts(answers))}",
        ),
        is_done=lambda machine: machine.read(ZONE) == zone(machine, answers),
        do=do,
        undo=lambda machine: machine.put_back(ZONE),
        prove=prove,
    )


def waiting(answers: Answers) -> Step:
    """The records have to be published by a person."""

    def prove(machine: Machine) -> str:
        wanted = set(answers.addresses or reach.addresses())
        for name in hosts(answers):
            found = set(reach.lookup(name))
            if not found:
                return f"{name} is not in the DNS yet. Publish what stands in {ZONE}"
            if wanted and not found & wanted:
                shown = ", ".join(sorted(found))
                return (
                    f"{name} leads to {shown}, which is none of {', '.join(sorted(wanted))}. "
                    f"Publish what stands in {ZONE}; behind NAT name `addresses` in the answers"
                )
        return ""

    return Step(
        "dns",
        ("wait until the names lead to this machine",),
        is_done=lambda machine: True,
        prove=prove,
        waits=True,
    )
