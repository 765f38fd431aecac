"""The arguments of MAIL and RCPT: a path in angle brackets and parameters (RFC 5321 4.1.2).

Pure. A header's mailbox is another grammar and lives in message/address.py. Strict where a mistake
could change who gets the mail; lenient where real clients are: a space after the colon, a missing
pair of brackets, dots anywhere in the local part. A source route is dropped (RFC 5321 appendix C).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from solicomm_build.foundation.errors import AddressError

_DOMAIN_OCTETS = 255  # RFC 5321 4.5.3.1.2
_WORD = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]+"
_LOCAL = rf'(?:{_WORD}|"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*")'
_NO_LABEL = r"\x00-,./:-@\[-^`{-\x7f"  # what is none is said: all beyond ASCII takes re 40 ms
_LABEL = rf"[^{_NO_LABEL}-](?:[^{_NO_LABEL}]*+)"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*+|\[[^\[\]\\\s]+\])"
_ROUTE = rf"@{_DOMAIN}(?:,@{_DOMAIN})*:"
_PATH = re.compile(
    rf"\s*(?:<(?:{_ROUTE})?(?P<path>{_LOCAL}@{_DOMAIN}|{_WORD})?>|(?P<bare>{_LOCAL}@{_DOMAIN}))"
    r"(?P<rest>(?:\s.*)?)"
)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([\x21-\x3c\x3e-\x7e]+))?")
_SIMPLE = re.compile(r'"([^"\\\s]+)"')


@dataclass(frozen=True, slots=True)
class Path:
    """An addr-spec, "" for the null path `<>`; and the parameters, names in capitals."""

    addr_spec: str
    parameters: dict[str, str | None]


def read(argument: str, keyword: str) -> Path:
    """What follows MAIL (`keyword` FROM) or RCPT (TO).

    Raises AddressError with the reply that fits: 501 5.5.4 or 501 5.1.3 (5.1.7 for a sender).
    """
    name, colon, rest = argument.partition(":")
    if not colon or name.strip().upper() != keyword:
        raise _fault("5.5.4", f"expected {keyword}:<address>")
    status = "5.1.7" if keyword == "FROM" else "5.1.3"
    found = _PATH.fullmatch(rest)
    if found is None:
        raise _fault(status, "this is not a mail address")
    return Path(_checked(found["path"] or found["bare"] or "", status), _parameters(found["rest"]))


def _checked(addr_spec: str, status: str) -> str:
    local, at, domain = addr_spec.rpartition("@")
    if len(domain.encode()) > _DOMAIN_OCTETS:
        raise _fault(status, f"a domain has at most {_DOMAIN_OCTETS} octets")
    if not addr_spec.isprintable():
        raise _fault(status, "this address has characters that cannot be seen")
    if at and (simple := _SIMPLE.fullmatch(local)):  # "ana"@x is ana@x (RFC 5321 4.1.2)
        return f"{simple[1]}@{domain}" if re.fullmatch(_WORD, simple[1]) else addr_spec
    return addr_spec


def _parameters(text: str) -> dict[str, str | None]:
    parameters: dict[str, str | None] = {}
    for word in text.split():
        found = _PARAMETER.fullmatch(word)
        if found is None or found[1].upper() in parameters:
            raise _fault("5.5.4", "these parameters cannot be read")
        parameters[found[1].upper()] = found[2]
    return parameters


def _fault(enhanced: str, text: str) -> AddressError:
    return AddressError(text, smtp_code=501, enhanced=enhanced)
