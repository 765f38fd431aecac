"""The certificate of hub.yaml's `tls`, for who speaks TLS; read again while they run.

Foundation; imports config. A new certificate counts for connections that begin after `renew`; those
that are open go on. One that is of no use changes nothing. Both files are read once, and what was
read is tried before it is used: whoever writes new ones meanwhile has no key put beside another's
certificate.
"""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config


class Certificates:
    """The TLS context of one hub. Raises HubError when the files that hub.yaml names are not there
    or of no use."""

    def __init__(self, config: Config) -> None:
        self._files = config.tls
        self.context: ssl.SSLContext | None = None
        """What listeners use; None when hub.yaml names no certificate."""
        if self._files is not None:
            with _read(self._files) as copies:
                self.context = _context(copies, self._files)

    def renew(self) -> str | None:
        """Reads the files again. What is wrong with them; None when they are used from now on."""
        if self._files is None or self.context is None:
            return None
        try:
            with _read(self._files) as copies:
                _context(copies, self._files)  # one of its own first: the other stays whole
                self.context.load_cert_chain(*copies)
        except HubError as error:
            return error.public
        return None


def ends(config: Config) -> datetime | None:
    """When the certificate ends, in UTC; None where there is none, or none that can be read."""
    if config.tls is None:
        return None
    from cryptography import x509  # not by every stage that speaks TLS

    try:
        return x509.load_pem_x509_certificates(config.tls[0].read_bytes())[0].not_valid_after_utc
    except (OSError, ValueError):
        return None


def is_usable(config: Config) -> bool:
    """Whether certificate and key could be read again now; so where there is none."""
    try:
        Certificates(config)
    except HubError:
        return False
    return True


@contextlib.contextmanager
def _read(files: tuple[Path, Path]) -> Iterator[tuple[str, str]]:
    """Copies of both that nobody changes, in memory (memfd_create(2)), by names for OpenSSL, which
    reads files alone. Raises HubError."""
    with contextlib.ExitStack() as held:
        certificate, key = (held.enter_context(_copy(path)) for path in files)
        yield certificate, key


@contextlib.contextmanager
def _copy(path: Path) -> Iterator[str]:
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise HubError(
            f"{path}: {error.strerror}. hub.yaml names it under `tls`: put it there, let this "
            "user read it, or take `tls` out"
        ) from error
    with open(os.memfd_create("tls", os.MFD_CLOEXEC), "wb") as file:
        file.write(octets)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}"


def _context(copies: tuple[str, str], files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(*copies)
    except (ssl.SSLError, ValueError) as error:
        words = getattr(error, "reason", None) or str(error)
        raise HubError(
            f"{files[0]} and {files[1]} are of no use together ({words}). `tls` in hub.yaml names "
            "the whole chain and its key, both as PEM"
        ) from error
    return context
