"""What a form of a list in My hub wants, as the commands of a mail that would do the same. Pure.

Only what is another than now becomes a command, so that a form that is sent as it was does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.desk.commands import LONGEST_LINE
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people import wishes
from solicomm_build.people.membership import OPTIONS, option

HOW = ("each", "daily", "weekly", "answers", "off")
"""How messages come: the choices of a switch."""
_MOST = 999


def how(options: Mapping[str, str]) -> str:
    """The choice that these options are."""
    mail, digest = option(options, "mail"), option(options, "digest")
    if mail != "on":
        return mail
    return "each" if digest == "none" else digest


def ways(lang: str) -> dict[str, str]:
    """The choices in words."""
    return {
        "each": gettext(lang, "each message by itself"),
        "daily": gettext(lang, "together, once a day"),
        "weekly": gettext(lang, "together, once a week"),
        "answers": gettext(lang, "only answers to me"),
        "off": gettext(lang, "nothing by mail, I read on the web"),
    }


def for_how(options: Mapping[str, str], wanted: str) -> list[str]:
    """The commands that bring another choice."""
    if wanted not in HOW or wanted == how(options):
        return []
    if wanted == "each":
        mail = ["set mail on"] if option(options, "mail") != "on" else []
        return [*mail, *(["set digest off"] if option(options, "digest") != "none" else [])]
    if wanted in ("daily", "weekly"):
        return [f"set digest {wanted}"]
    return [f"set mail {wanted}"]


def for_all(options: Mapping[str, str], sent: Mapping[str, str]) -> list[str] | None:
    """The commands for all settings of one list; None where a field makes no sense."""
    found = for_how(options, sent.get("how", how(options)))
    for name in ("copy", "dup"):
        value = sent.get(name, "")
        if value in OPTIONS[name] and value != option(options, name):
            found.append(f"set {name} {value}")
    form = sent.get("form", "")
    if form in OPTIONS["form"] and form != option(options, "form"):
        found.append(f"set digest {form}")
    zone = sent.get("zone", "")
    if zone != option(options, "zone"):
        if not wishes.is_zone(zone):
            return None
        found.append(f"set zone {zone}")
    most = sent.get("max", "").strip()
    if most != str(wishes.most_a_day(options) or ""):
        if most and not (most.isascii() and most.isdigit() and 0 < int(most) <= _MOST):
            return None
        found.append(f"set max {int(most) if most else 'off'}")
    topics = wishes.words(sent.get("topics", ""))
    if topics != wishes.topics(options):
        found.append(f"set topics {','.join(topics) or 'all'}")
    return found if all(len(command) <= LONGEST_LINE for command in found) else None
