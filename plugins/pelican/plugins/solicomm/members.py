"""What pages say about signing in: on the page for what is not there, and on those for members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page


def missing(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """The page for an address that leads nowhere. It is the same for all such addresses, whether
    there is something for members or not, so it offers to sign in on every hub."""
    return {"members": offer(page.lang)}


def offer(lang: str) -> Mapping[str, str]:
    """What leads to the login: the words before the link, and those of it."""
    why = gettext(lang, "Conferences for members only open when you have signed in.")
    return {"why": why, "sign_in": gettext(lang, "Sign in")}


def notice(page: Page) -> Mapping[str, str]:
    """`page.members` of the templates: what stands above a page that only members see."""
    about = page.facts.get("conference") if page.section.startswith("conference:") else None
    if not isinstance(about, ConferenceFacts) or not about.closed:
        return {}
    return {
        "label": gettext(page.lang, "For members only"),
        "home": gettext(page.lang, "My conferences"),
        "leave": gettext(page.lang, "Sign out"),
    }
