"""What helps to keep up with a conference, for Pelican: its weeks, and its health."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from plugins.generator import Presenter
from solicomm_build import i18n
from solicomm_build.model.pages import ConferenceFacts, HubFacts, Page


def _conference(facts: ConferenceFacts) -> dict[str, Any]:
    return asdict(facts) | {"feed": facts.feed}


def week(page: Page, _hub: HubFacts) -> Mapping[str, Any]:
    """What a week brought, topic by topic."""
    nothing = i18n.gettext(page.lang, "(no subject)")
    rows = [{**row, "title": row["title"] or nothing} for row in page.facts["rows"]]
    months = [
        {"url": url, "month": datetime.fromisoformat(f"{month}-01T00:00:00+00:00")}
        for url, month in page.facts["months"]
    ]
    about = _conference(page.facts["conference"])
    return {**page.facts, "conference": about, "rows": rows, "months": months}


PRESENTERS: Mapping[str, Presenter] = {"week": week}
