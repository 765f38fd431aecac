"""Which mailbox an address leads to, so that what reaches one person is counted as one.

A guess for counting only: nobody is written to at what this makes of an address. Sub-addresses
(RFC 5233) are folded at every domain where they begin with `+`, which most servers have; what only
some providers do is folded for those. Pure.
"""

from __future__ import annotations

from solicomm_build.message.address import key

# What providers document of themselves. Dots mean nothing:
_DOTLESS = frozenset({"gmail.com", "googlemail.com", "proton.me", "protonmail.com", "pm.me"})
# ... nor do hyphens and underscores:
_PLAIN = frozenset({"proton.me", "protonmail.com", "pm.me"})
# A sub-address begins with a hyphen (Yahoo's disposable addresses):
_HYPHEN = ("yahoo.", "ymail.com", "rocketmail.com")
# Anything at <name>.<domain> is <name> at the domain:
_BELOW = ("fastmail.com", "fastmail.fm")
# Several names of one provider:
_SAME = {
    "googlemail.com": "gmail.com",
    "protonmail.com": "proton.me",
    "pm.me": "proton.me",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "ya.ru": "yandex.ru",
}

LARGE = frozenset(
    [
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "yahoo.com",
        "icloud.com",
        "aol.com",
        "gmx.de",
        "gmx.net",
        "web.de",
        "t-online.de",
        "orange.fr",
        "free.fr",
        "wanadoo.fr",
        "laposte.net",
        "hotmail.fr",
        "yahoo.fr",
        "hotmail.es",
        "yahoo.es",
        "yahoo.com.br",
        "hotmail.com.br",
        "uol.com.br",
        "bol.com.br",
        "terra.com.br",
        "libero.it",
        "mail.ru",
        "yandex.ru",
        "yandex.com",
        "rambler.ru",
        "bk.ru",
        "list.ru",
        "inbox.ru",
        "qq.com",
        "163.com",
        "126.com",
        "naver.com",
        "rediffmail.com",
        "yahoo.co.in",
        "yahoo.co.uk",
        "hotmail.co.uk",
        "proton.me",
        "fastmail.com",
        "zoho.com",
        "gmx.com",
        "mail.com",
        "riseup.net",
        "posteo.de",
        "comcast.net",
        "btinternet.com",
        "sapo.pt",
        "ukr.net",
        "wp.pl",
        "o2.pl",
        "seznam.cz",
    ]
)
"""Domains where very many people have their mailbox."""


def mailbox(addr_spec: str) -> str:
    """The mailbox that an address leads to, as far as its form tells. Never fails.

    `Ana.Paz+news@GoogleMail.com` is `anapaz@gmail.com`.
    """
    local, _, domain = key(addr_spec).rpartition("@")
    local = local.casefold()
    domain = _SAME.get(domain, domain)
    for name in _BELOW:
        if domain.endswith(f".{name}"):
            local, domain = domain[: -len(name) - 1], name
    local = local.partition("+")[0] or local
    if domain.startswith(_HYPHEN[0]) or domain in _HYPHEN[1:]:
        local = local.partition("-")[0] or local
    if domain in _DOTLESS:
        local = local.replace(".", "") or local
    if domain in _PLAIN:
        local = local.replace("-", "").replace("_", "") or local
    return f"{local}@{domain}" if local else domain


def provider(addr_spec: str) -> str:
    """The domain whose mailboxes share a budget."""
    return mailbox(addr_spec).rpartition("@")[2]
