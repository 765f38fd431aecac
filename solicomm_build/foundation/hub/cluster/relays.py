"""The mail servers that copies go to in turn (`cluster: relay:`): which of them a courier passes
over just now, and how one stands when it is asked.

Each courier of this machine writes its own file, `state/cluster/relays.json` or, for cell n,
`relays-<n>.json`, where several are named, whenever one is away or back.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.cluster.lease import FOLDER
from solicomm_build.foundation.hub.config import Config, HostPort, named
from solicomm_build.foundation.hub.finding import Finding, fault, warning

_PATIENCE = 5.0  # seconds for each
MEND = "See Postfix there, its `mynetworks`, and the firewall"
"""What helps where one takes no mail from here."""


@dataclass(frozen=True, slots=True)
class Relay:
    """One mail server: its address, why it cannot be used, if so, and whether some courier of this
    machine passes it over, with what it heard there."""

    address: str
    trouble: str = ""
    passed_over: str = ""


def note(config: Config, away: Mapping[HostPort, str]) -> None:
    """Says which this courier passes over, and why. Not durable. Costs nothing where nothing was
    said and is to be said."""
    cell = f"-{config.cell}" if config.cell else ""
    path = config.state / FOLDER / f"relays{cell}.json"
    if not away:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    octets = json.dumps({named(address): why for address, why in away.items()}).encode("ascii")
    safeio.write_atomic(path, octets + b"\n", durable=False, mode=0o600)


def passed_over(config: Config) -> dict[str, str]:
    """Those that some courier of this machine passes over, by address, with what it heard."""
    found: dict[str, str] = {}
    wanted = {named(address) for address in config.cluster.relay}
    for path in sorted((config.state / FOLDER).glob("relays*.json")):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            said = json.loads(path.read_bytes())
            found |= {str(one): str(why) for one, why in said.items() if one in wanted}
    return found


def look(config: Config) -> list[Relay]:
    """Each of them, asked now, at once. Blocking: seconds, where one does not answer."""
    addresses, over = config.cluster.relay, passed_over(config)
    if not addresses or config.delivery == "sink":
        return []
    return [
        Relay(named(one), said, over.get(named(one), ""))
        for one, said in zip(addresses, _every(config, addresses), strict=True)
    ]


def wrong(found: Sequence[Relay]) -> Iterator[Finding]:
    """What is wrong with them."""
    away = [one for one in found if one.trouble]
    for one in away:
        words = f"the relay {one.address} {one.trouble}"
        remedy = f"{MEND}: `solicomm docs howto/cluster`"
        if len(away) < len(found):
            yield warning(words, f"The others get all copies. {remedy}", about=one.address)
        else:
            yield fault(f"{words}, as no other does: no copies go out", remedy, about=one.address)


def trouble(address: HostPort, *, helo: str, to: str | None = None) -> str:
    """Why a mail server is not ready for mail from here; empty when it is. With `to` it is asked
    whether it would take mail for there; nothing is sent. Blocking."""
    import smtplib  # couriers note, and do not ask: it is large

    try:
        with smtplib.SMTP(*address, local_hostname=helo, timeout=_PATIENCE) as server:
            if to is None:
                return ""
            server.ehlo_or_helo_if_needed()
            for code, text in (server.mail(""), server.rcpt(to)):
                if code >= 400:
                    return f"does not take mail from here: {_said(code, text)}"
            server.rset()
    except smtplib.SMTPResponseException as error:
        return f"is not ready for mail: {_said(error.smtp_code, error.smtp_error)}"
    except smtplib.SMTPException as error:
        return f"is not ready for mail ({' '.join(str(error).split())[:200]})"
    except OSError as error:
        return f"does not answer ({error.strerror or 'it took too long'})"
    return ""


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())[:200]}"


def of_ours(config: Config, address: HostPort) -> str:
    """Why one of this hub's relays does not take its mail; empty when it does. Blocking."""
    return trouble(address, helo=config.domain, to=config.operator or f"postmaster@{config.domain}")


def _every(config: Config, addresses: Sequence[HostPort]) -> list[str]:
    def ask(address: HostPort) -> str:
        return of_ours(config, address)

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(len(addresses)) as pool:
        return list(pool.map(ask, addresses))
