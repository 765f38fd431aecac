"""Sites as a kind of sections of the hub: `union:<id>`, each planned in the child that makes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from solicomm_build.builder.apart.batch import Task
from solicomm_build.builder.contents import Contents, Place
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sections import Many
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.features.sites.rendering import foreign
from solicomm_build.features.sites.rendering.opensite import OpenSite
from solicomm_build.features.sites.rendering.surroundings import Surroundings
from solicomm_build.features.sites.values import site as sites
from solicomm_build.features.sites.values.site import Site
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import country_name
from solicomm_build.post.editorial import calendar, markup

KIND = "union"


def places(found: Contents) -> Mapping[str, Place[Site]]:
    """The sites of a hub by union."""
    return found.of(KIND)


@dataclass(slots=True)
class Opened:
    """A site that is made: its pages, in its theme if it has one; `faults` is what was found to be
    wrong so far."""

    site: OpenSite
    theme: Path | None
    faults: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.faults = self.site.faults

    @property
    def until(self) -> str:
        """The last day on which the pages are right without a change."""
        return self.site.until

    def planned(self) -> Iterator[Planned]:
        """Its pages."""
        yield from foreign.planned(self.site, self.theme)

    def close(self) -> None:
        """Ends the readers of this process."""
        self.site.sources.close()


class SiteSection:
    """What the builder knows of sites."""

    kind = KIND
    rank = 70
    source = Many(
        lambda config: config.unions,
        sites.FILE,
        lambda data, file, name: sites.decode_site(data, file, union=name),
        shows=lambda site: bool(site.conferences or site.has_shelf),
        apart=True,
    )

    def url(self, name: str) -> str:
        """Where a site begins."""
        return f"/unions/{name}/"

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The unions that have a site."""
        rows = [
            {
                "id": name,
                "title": place.settings.title_in(lang),
                "description": place.settings.description_in(lang),
                "url": self.url(name),
                "languages": place.settings.languages,
                "country": country_name(place.settings.country, lang)
                if place.settings.country
                else "",
                "logo": f"{self.url(name)}{quote(place.settings.theme.logo)}"
                if place.settings.theme.logo
                else "",
            }
            for name, place in places(found).items()
        ]
        rows.sort(key=lambda row: (not row["country"], row["country"], row["title"]))
        return {"unions": rows}

    def plan(self, plan: Planning) -> None:
        """The sites whose repository moved, or that show something of the hub that did, or that
        time has made old."""
        db = plan.sources.db
        around = Surroundings(plan.sources, plan.config, plan.found, plan.env)
        names = digest(plan.env, around.names, foreign.mark(plan.config))
        noted = dict(
            db.execute("SELECT source, commit_id FROM reflects WHERE source GLOB '* union:*'")
        )
        for name, place in places(plan.found).items():
            shown = around.shown(place)
            key = digest(names, place.commit, place.settings_blob, shown.facts)
            section = f"{KIND}:{name}"
            until = noted.get(f"until {section}")
            old = until and until < plan.today.isoformat()
            in_doubt = f"doubt {section}" in noted
            same = noted.get(f"pages {section}") == key and not in_doubt
            if same and not old and not plan.full and section not in plan.pending:
                continue
            rows = (
                ()
                if plan.full or in_doubt
                else db.execute("SELECT path, key FROM output WHERE section=?", (section,))
            )
            make = partial(OpenSite, plan.sources, plan.config, place, shown, plan.env, plan.today)
            plan.apart.append(task(plan.config, name, place, key, make, dict(rows)))
        if len(plan.apart) > 1:  # else each child would
            calendar.load()
            markup.load()


def task(
    config: Config,
    union: str,
    place: Place[Site],
    key: str,
    make: partial[OpenSite],
    known: dict[str, str],
) -> Task:
    """The making of one site, opened by `make`."""
    theme = foreign.find(config, place.settings.theme.name)
    return Task(
        f"{KIND}:{union}",
        place.repo,
        f"/unions/{union}/",
        sites.FILE,
        key,
        partial(_opened, make, theme),
        known,
        (theme,) if theme else (),
    )


def _opened(make: partial[OpenSite], theme: Path | None) -> Opened:
    return Opened(make(), theme)
