"""Which kind of browser this is, in two words that its owner knows: `Firefox, Android`. Pure.

Only the family is kept, never the version or the rest of User-Agent (RFC 9110 10.1.5), which would
tell people apart.
"""

from __future__ import annotations

_FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrom", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def kind(agent: str) -> str:
    """The family and the system, those that can be told.

    >>> kind("Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0")
    'Firefox, Android'
    >>> kind("curl/8.5")
    ''
    """
    found = (_first(agent, _FAMILIES), _first(agent, _SYSTEMS))
    return ", ".join(filter(None, found))


def _first(agent: str, table: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in table if mark in agent), "")
