"""The certificate that hub.yaml names under `tls`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import certificates, mailnames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.foundation.hub.health import SOON

if TYPE_CHECKING:  # most commands look at no certificate
    from cryptography import x509

_RENEW = "Renew it (certbot renew), then `systemctl reload solicomm`"


def files(config: Config) -> Iterator[Finding]:
    """Whether certificate and key are there, fit together, hold, name this hub, and are of somebody
    whom others can trust."""
    if config.tls is None:
        yield fine("none is named in hub.yaml")
        return
    lacking = [path for path in config.tls if not path.is_file()]
    for path in lacking:
        yield fault(
            f"there is no {path}",
            "Put it there (`solicomm docs howto/mail-domain`, A certificate), or take `tls:` out",
        )
    if lacking:
        return
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(config.tls[0].read_bytes())[0]
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*config.tls)
    except (ValueError, ssl.SSLError) as error:
        words = getattr(error, "reason", None) or str(error)
        yield fault(
            f"{config.tls[0]} and {config.tls[1]} are of no use together ({words})",
            "Name the whole chain and its key, both as PEM",
        )
        return
    yield from _time(found.not_valid_before_utc, found.not_valid_after_utc)
    yield from _names(config, found)
    yield from _signed(config, found)


def ending(config: Config) -> Iterator[Finding]:
    """Whether a certificate that is there ends soon, or has ended."""
    ends = certificates.ends(config)
    now = clock.now().astimezone(UTC)
    if ends is not None:
        yield from _time(now - timedelta(days=1), ends)


def _time(begins: datetime, ends: datetime) -> Iterator[Finding]:
    now = clock.now().astimezone(UTC)
    if ends < now:
        yield fault(f"the certificate ended on {ends:%Y-%m-%d}", _RENEW)
    elif begins > now:
        yield fault(f"the certificate begins on {begins:%Y-%m-%d} only", "Look at the clock")
    elif ends < now + SOON:
        yield warning(f"the certificate ends on {ends:%Y-%m-%d}", _RENEW)
    else:
        yield fine(f"the certificate holds until {ends:%Y-%m-%d}")


def _names(config: Config, found: x509.Certificate) -> Iterator[Finding]:
    from cryptography import x509

    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    wanted = {mailnames.host(config)}
    if config.tls_on_web:
        wanted.add(mailnames.web(config))
    lacking = sorted(one for one in wanted if not any(_covers(name, one) for name in names))
    if len(lacking) == len(wanted):
        yield fault(
            f"the certificate is of {', '.join(names) or 'no name'}, not of {' or '.join(lacking)}",
            f"Get one for {' and '.join(sorted(wanted))}",
        )
    elif lacking:
        yield warning(
            f"the certificate does not name {lacking[0]}",
            "Fine when another server speaks for that name; else get one for both",
        )


def _signed(config: Config, found: x509.Certificate) -> Iterator[Finding]:
    """A policy that is enforced wants a certificate that others can prove (RFC 8461 4.2)."""
    if found.issuer != found.subject:
        return
    if config.mta_sts == "enforce":
        yield fault(
            "no authority has signed the certificate, and `mta_sts: enforce` tells other mail"
            " servers to bring no mail then",
            "Write `mta_sts: testing` until there is one of an authority"
            " (`solicomm docs howto/mail-domain`, A certificate)",
            about="own and enforced",
        )
    else:
        yield warning(
            "no authority has signed the certificate: mail programs ask before they use it,"
            " or refuse it",
            "Get one (`solicomm docs howto/mail-domain`, A certificate), or run `solicomm setup`",
            about="own",
        )


def _covers(name: str, host: str) -> bool:
    """Whether a name of a certificate stands for a host (RFC 9525 6.3)."""
    name, host = name.lower(), host.lower()
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host
