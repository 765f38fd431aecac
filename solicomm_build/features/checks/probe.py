"""Does the mail server in front take away what a stranger says in its name? Tried with one mail.

smtplib → mail server in front → hub: bridge → ingest, which notes what the mail brought along

Only with `solicomm check --probe`, and only a server on this machine is asked: the hub cannot know
what one elsewhere does with mail of strangers (RFC 8601 5).
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator
from email.utils import format_datetime

from solicomm_build.features.checks import ownaddresses as addresses
from solicomm_build.features.checks import probes
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.message.auth import front
from solicomm_build.people.recipients import ascii_domain

HERE = ("127.0.0.1", 25)
"""Where the world's mail comes in, when the mail server in front is on this machine."""
_ANSWER = 30.0  # seconds for each answer of the mail server
_WAIT = 30.0  # seconds for the mail to come in
_LOOK = 0.1
_HOW = '`solicomm docs howto/mail-domain`, "Spam, and who is checked", says how it is told to'


def results(config: Config, place: tuple[str, int] = HERE) -> Iterator[Finding]:
    """Sends a forged field through the mail server at `place`, and says what came of it.

    Blocking, for a minute at most."""
    host, port = place
    if config.authserv_id is None:
        yield fine("there is nothing to try: nobody's results are believed")
    elif not is_here(host):
        yield warning(
            f"{host} is not this machine, and was not tried",
            "Name an address of this machine: `--probe=127.0.0.1:25`",
        )
    elif health.STOPPED in health.stages(config):
        yield warning("it cannot be tried while the hub does not run", "`solicomm serve`")
    else:
        yield from _tried(config, f"{host}:{port}", place)


def is_here(host: str) -> bool:
    """Whether a host is this machine, by its loopback or another of its addresses."""
    return front.is_loopback(host) or host in map(str, addresses.of_machine())


def _tried(config: Config, where: str, place: tuple[str, int]) -> Iterator[Finding]:
    token = probes.begin(config)
    if (trouble := _sent(config, token, place)) is not None:
        probes.end(config, token)
        yield warning(f"it cannot be tried: {where} {trouble[0]}", trouble[1])
        return
    found = _came(config, token)
    if found is not None:
        probes.end(config, token)
        yield _verdict(config, where, found)
    else:
        yield warning(
            f"{where} took a mail for the hub, which did not come within {_WAIT:.0f} seconds",
            "`mailq` and the mail server's log say where it is",
        )


def _verdict(config: Config, where: str, found: probes.Answer) -> Finding:
    if found.believed:
        return fault(
            f"ANYBODY CAN WRITE IN ANYBODY'S NAME: {where} lets strangers say what "
            f"{config.authserv_id} found, and the hub believes it",
            f"Have it take such fields away ({_HOW}), or remove `authserv_id` until it does",
        )
    if found.came:
        return warning(
            f"{where} leaves in a mail what strangers say in the name of {config.authserv_id}; it "
            "is not believed, but only because of what stands above it, or of where it came from",
            f"Have it take such fields away ({_HOW})",
        )
    own = "says itself who wrote" if found.checked else "says nothing of mail from this machine"
    return fine(f"{where} takes away what strangers say in its name, and {own}")


def _sent(config: Config, token: str, place: tuple[str, int]) -> tuple[str, str] | None:
    """Why the mail server did not take the mail, and what to do; None when it did."""
    domain = ascii_domain(config.domain)
    to = f"{probes.PREFIX}+{token}@{domain}"
    lines = (
        probes.forged(config, token),
        f"From: postmaster@{domain}",
        f"To: {to}",
        f"Message-ID: <{token}@{domain}>",
        f"Date: {format_datetime(clock.now())}",
        "Subject: solicomm check --probe",
        "Auto-Submitted: auto-generated",
        "",
        "Nobody keeps this.",
        "",
    )
    try:
        with smtplib.SMTP(*place, local_hostname=domain, timeout=_ANSWER) as client:
            client.sendmail("", [to], "\r\n".join(lines))
    except smtplib.SMTPRecipientsRefused as refused:
        ((code, words),) = refused.recipients.values()
        said = words.decode("utf-8", "replace")
        return (
            f"does not take it: {code} {said}",
            "`solicomm mta-maps`, then reload it",
        )
    except smtplib.SMTPException as error:
        return f"does not take it: {error}", "The mail server's log says why"
    except OSError as error:
        return f"does not answer ({error.strerror or 'it took too long'})", "Start the mail server"
    return None


def _came(config: Config, token: str) -> probes.Answer | None:
    until = time.monotonic() + _WAIT
    while time.monotonic() < until:
        if (found := probes.answer(config, token)) is not None:
            return found
        time.sleep(_LOOK)
    return None
