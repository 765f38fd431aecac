"""Where links of a text lead outside the pages of its site, as in a mail: whole addresses. Pure.

The pages themselves have rendering/addresses.py, which knows their titles, too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import quote

from solicomm_build.features.sites.values import sitefiles
from solicomm_build.features.sites.values.sitecheck import PICTURES


def address(
    link: str, lang: str, languages: Sequence[str], files: Collection[str], *, base: str, hub: str
) -> str | None:
    """The address of what a link in a text in `lang` names, or None when it names no place of a
    site. `files` are the site's, `languages` its own with the first in front; the site begins at
    `base`, the hub is at `hub`."""
    target, (_, mark, fragment) = sitefiles.target_of(link), link.partition("#")
    if target is None:
        return None
    if isinstance(target, str):
        return f"{base}media/{quote(target)}" + (".webp" if target.endswith(PICTURES) else "")
    if target.kind in ("conference", "library") and target.name:
        kind = "conferences" if target.kind == "conference" else "libraries"
        return f"{hub}/{kind}/{target.name}/{mark}{fragment}"
    tongue, place = lang, "" if target.kind == "home" else f"{target.kind}/"
    if target.kind == "page":
        place = f"{target.name}/"
        spoken = {_language(one, languages[0]) for one in files if _is_page(one, target.name)}
        tongue = next((one for one in (lang, *languages) if one in spoken), lang)
    home = base if tongue == languages[0] else f"{base}{tongue}/"
    return f"{home}{place}{mark}{fragment}"


def _is_page(path: str, name: str) -> bool:
    return sitefiles.slug_of(path) == name and sitefiles.place(path) == "pages"


def _language(path: str, first: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md").partition(".")[2] or first
