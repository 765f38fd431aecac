"""What mail programs are told, so that people type their address and password alone.

Autoconfig (Thunderbird, K-9, Evolution) is a file that names servers; autodiscover (Outlook) is a
question in XML with an address in it. The same is said of every address at a domain of ours, so
nobody learns here which there are.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from solicomm_build.foundation.hub import mailnames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.recipients import ascii_domain

_ASKED = re.compile(
    rb"<(?:\w+:)?EMailAddress>\s*([^<>&\s]{1,64}@[A-Za-z0-9.\x80-\xff-]{1,253})\s*</", re.IGNORECASE
)
LONGEST = 16_384
"""Octets of a question that are read."""


def autoconfig(config: Config, domain: str) -> str:
    """The file `config-v1.1.xml` of a domain; `%EMAILADDRESS%` is filled in by the program."""
    own = "xn--" in domain  # people type it in its own letters, which is not what the servers know
    login = f"%EMAILLOCALPART%@{domain}" if own else "%EMAILADDRESS%"
    incoming = (("imap", 993, "SSL"),)
    outgoing = (("smtp", 465, "SSL"), ("smtp", 587, "STARTTLS"))
    servers = "".join(
        f'    <{kind}Server type="{type_}">\n'
        f"      <hostname>{mailnames.host(config)}</hostname>\n"
        f"      <port>{port}</port>\n"
        f"      <socketType>{socket}</socketType>\n"
        f"      <username>{login}</username>\n"
        "      <authentication>password-cleartext</authentication>\n"
        f"    </{kind}Server>\n"
        for kind, rows in (("incoming", incoming), ("outgoing", outgoing))
        for type_, port, socket in rows
    )
    name = escape(config.name)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<clientConfig version="1.1">\n'
        f'  <emailProvider id="{domain}">\n    <domain>{domain}</domain>\n'
        f"    <displayName>{name}</displayName>\n"
        f"    <displayShortName>{name}</displayShortName>\n{servers}"
        "  </emailProvider>\n</clientConfig>\n"
    )


def asked_for(octets: bytes) -> str:
    """The address that a question of autodiscover is about; "" when it names none. Nothing of the
    XML but that is read, so no entity is."""
    found = _ASKED.search(octets[:LONGEST])
    if found is None:
        return ""
    local, _, domain = found[1].decode("utf-8", "replace").lower().rpartition("@")
    return f"{local}@{ascii_domain(domain)}"


_SPACE = "http://schemas.microsoft.com/exchange/autodiscover"


def autodiscover(config: Config, address: str) -> str:
    """The answer for an address, in the form that Outlook calls POX."""
    rows = (("IMAP", 993, "SSL"), ("SMTP", 465, "SSL"))
    protocols = "".join(
        f"      <Protocol><Type>{type_}</Type><Server>{mailnames.host(config)}</Server>"
        f"<Port>{port}</Port><DomainRequired>off</DomainRequired>"
        f"<LoginName>{escape(address)}</LoginName><SPA>off</SPA><SSL>on</SSL>"
        f"<Encryption>{how}</Encryption><AuthRequired>on</AuthRequired></Protocol>\n"
        for type_, port, how in rows
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<Autodiscover xmlns="{_SPACE}/responseschema/2006">\n'
        f'  <Response xmlns="{_SPACE}/outlook/responseschema/2006a">\n'
        "    <Account>\n      <AccountType>email</AccountType>\n"
        f"      <Action>settings</Action>\n{protocols}"
        "    </Account>\n  </Response>\n</Autodiscover>\n"
    )
