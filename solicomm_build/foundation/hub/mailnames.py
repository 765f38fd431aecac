"""The host names beside the hub's own at which programs ask how mail works here. Pure.

    autoconfig.<domain>     mail programs, Thunderbird first
    autodiscover.<domain>   mail programs, Outlook first
    mta-sts.<domain>        mail servers that bring mail (RFC 8461 3.3)

For the hub's domain and each of `mail_domains`, once mail has a certificate (`tls` in hub.yaml).
Also what they need to know there: which host it is, and the policy.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.webhost import plain

PROGRAMS = ("autoconfig", "autodiscover")
POLICY = "mta-sts"
PATHS = ("/.well-known/", "/mail/config-v1.1.xml", "/autodiscover/")
"""Where these names answer; in small letters."""
_WEEK = 7 * 86_400


def host(config: Config) -> str:
    """The mail server that MX names, and mail programs talk to."""
    return f"mail.{config.domain}"


def web(config: Config) -> str:
    """The name of the web server, to which all of these names lead."""
    return urlsplit(config.url).hostname or config.domain


def of(config: Config, domain: str) -> tuple[str, ...]:
    """Those of one domain; none while mail has no certificate."""
    if config.tls is None:
        return ()
    kinds = PROGRAMS if config.mta_sts == "off" else (*PROGRAMS, POLICY)
    return tuple(f"{kind}.{domain}" for kind in kinds)


def every(config: Config) -> tuple[str, ...]:
    """Those of all domains of the hub, its own first."""
    return tuple(name for domain in config.all_domains for name in of(config, domain))


def domain(config: Config, name: str, kinds: tuple[str, ...]) -> str | None:
    """The domain of ours that a Host field with one of these names is about; None for others."""
    kind, _, rest = plain(name).partition(".")
    return rest if kind in kinds and rest in config.all_domains else None


def policy(config: Config) -> str:
    """What mail servers that bring mail are told (RFC 8461 3.2); CRLF lines. "" when it is off."""
    if config.tls is None or config.mta_sts == "off":
        return ""
    lines = ("version: STSv1", f"mode: {config.mta_sts}", f"mx: {host(config)}")
    return "".join(f"{line}\r\n" for line in (*lines, f"max_age: {_WEEK}"))


def policy_id(config: Config) -> str:
    """What changes whenever the policy does (RFC 8461 3.1): 20 letters and digits."""
    return hashlib.sha256(policy(config).encode()).hexdigest()[:20]
