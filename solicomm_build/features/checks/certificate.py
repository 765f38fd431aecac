"""The certificate that hub.yaml names under `tls`."""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
    wrong, server = _unusable(config.tls), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if wrong:
        yield from wrong
        return
    from cryptography import x509

    server.load_cert_chain(*config.tls)
    chain = x509.load_pem_x509_certificates(config.tls[0].read_bytes())
    found = chain[0]
    yield from _time(found.not_valid_before_utc, found.not_valid_after_utc)
    yield from _names(config, found)
    yield from _signed(config, chain, server)


def ending(config: Config) -> Iterator[Finding]:
    """Whether a certificate that is named can be used, and whether it ends soon, or has ended. With
    files of no use the hub goes on with what it has read before: then nobody knows when that ends,
    and it does not start again."""
    if config.tls is None:
        return
    yield from (wrong := _unusable(config.tls))
    ends = None if wrong else certificates.ends(config)
    now = clock.now().astimezone(UTC)
    if ends is not None:
        yield from _time(now - timedelta(days=1), ends)


def _unusable(named: tuple[Path, Path]) -> list[Finding]:
    """What keeps certificate and key from being used."""
    from cryptography import x509

    lacking = [path for path in named if not path.is_file()]
    if lacking:
        remedy = (
            "Put it there (`solicomm docs howto/mail-domain`, A certificate), or take `tls:` out"
        )
        return [fault(f"there is no {path}", remedy) for path in lacking]
    try:
        x509.load_pem_x509_certificates(named[0].read_bytes())
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(*named)
    except (ValueError, OSError) as error:  # ssl.SSLError is an OSError
        words = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        what = f"{named[0]} and {named[1]} are of no use together ({words})"
        return [fault(what, "Name the whole chain and its key, both as PEM")]
    return []


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


def _signed(
    config: Config, chain: Sequence[x509.Certificate], server: ssl.SSLContext
) -> Iterator[Finding]:
    """A policy that is enforced wants a certificate that others can prove (RFC 8461 4.2)."""
    is_own = chain[0].issuer == chain[0].subject
    why = 0 if is_own else _refused(server)
    if why in _UNKNOWN and len(chain) == 1:
        wrong = f"{config.tls[0] if config.tls else 'the file'} holds one certificate, and not its"
        what, remedy = f"{wrong} authority's, so others cannot prove it", _WHOLE
    elif is_own:
        what, remedy = "no authority has signed the certificate", _GET_ONE
    elif why in _UNKNOWN or (why == _OWN_ROOT and config.mta_sts == "enforce"):
        what, remedy = "no authority that this machine knows has signed the certificate", _GET_ONE
    else:
        return
    if config.mta_sts == "enforce":
        yield fault(
            f"{what}, and `mta_sts: enforce` tells other mail servers to bring no mail then",
            f"Write `mta_sts: testing` until that is mended. {remedy}",
            about="own and enforced",
        )
    else:
        yield warning(
            f"{what}: mail programs ask before they use it, or refuse it", remedy, about="own"
        )


_UNKNOWN = (20, 21)
"""X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY and _TO_VERIFY_LEAF_SIGNATURE: OpenSSL,
X509_STORE_CTX_get_error(3)."""
_OWN_ROOT = 19
"""X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: somebody's own authority, named with the certificate."""
_WHOLE = "Name the whole chain: with certbot, that is `fullchain.pem` and not `cert.pem`"
_GET_ONE = "Get one (`solicomm docs howto/mail-domain`, A certificate), or run `solicomm setup`"


def _refused(server: ssl.SSLContext) -> int:
    """Why a program that trusts whom this machine trusts would refuse the certificate, as OpenSSL
    numbers it; 0 where it would not, or where this machine knows no authorities."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None and not (paths.capath and os.listdir(paths.capath)):
        return 0
    client = ssl.create_default_context()
    client.check_hostname = False  # names are looked at by themselves
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = client.wrap_bio(to_client, to_server)
    answering = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(_FLIGHTS):
        for side in (asking, answering):
            try:
                with contextlib.suppress(ssl.SSLWantReadError):
                    side.do_handshake()
            except ssl.SSLCertVerificationError as error:
                return error.verify_code
            except ssl.SSLError:
                return 0  # no certificate was proved or refused
    return 0


_FLIGHTS = 4  # of a handshake, more than any has (RFC 8446 2)


def _covers(name: str, host: str) -> bool:
    """Whether a name of a certificate stands for a host (RFC 9525 6.3)."""
    name, host = name.lower(), host.lower()
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host
