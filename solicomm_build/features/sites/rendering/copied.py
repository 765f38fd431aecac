"""Copies of sites as a kind of sections of the hub: `site-copy:<id>@<hub>`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from solicomm_build.builder.apart.batch import Task
from solicomm_build.builder.contents import Contents, Place
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sections import Many
from solicomm_build.builder.sources import digest
from solicomm_build.features.sites import copies
from solicomm_build.features.sites.rendering.opensite import OpenSite
from solicomm_build.features.sites.rendering.section import Opened
from solicomm_build.features.sites.rendering.surroundings import Shown
from solicomm_build.features.sites.values import site as sites
from solicomm_build.features.sites.values.site import Site
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home

KIND = "site-copy"
_NAMES: Mapping[str, Mapping[str, str]] = {"conferences": {}, "libraries": {}}


def _decoded(data: bytes, file: str, name: str) -> Site:
    """The settings, without what works at the home alone: its form for joining writes to a server
    of its own, its conferences and its theme are not here."""
    found = sites.decode_site(data, file, union=copies.union_of(name))
    theme = dataclasses.replace(found.theme, name="")
    return dataclasses.replace(found, join="mail", theme=theme)


class CopySection:
    """What the builder knows of copies of sites."""

    kind = KIND
    rank = 71
    source = Many(copies.folder, sites.FILE, _decoded, apart=True)

    def url(self, name: str) -> str:
        """Where a copy begins."""
        return copies.url(name)

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The front page lists our own unions alone."""
        del found, lang
        return {}

    def plan(self, plan: Planning) -> None:
        """The copies that came, or whose home is called otherwise, or that time has made old."""
        db = plan.sources.db
        rows = db.execute(
            f"SELECT source, commit_id FROM reflects WHERE source GLOB '* {KIND}:*'"  # noqa: S608
        )
        noted = dict(rows)
        for name, place in plan.found.of(KIND).items():
            home = elsewhere.of(plan.config, "unions", name)
            if home is None:
                continue
            section = f"{KIND}:{name}"
            key = digest(plan.env, place.commit, place.settings_blob, dataclasses.astuple(home))
            until = str(noted.get(f"until {section}") or "")
            is_old = bool(until) and until < plan.today.isoformat()
            in_doubt = f"doubt {section}" in noted
            same = noted.get(f"pages {section}") == key and not in_doubt
            if same and not is_old and not plan.full and section not in plan.pending:
                continue
            rows = db.execute("SELECT path, key FROM output WHERE section=?", (section,))
            known = () if plan.full or in_doubt else rows
            plan.apart.append(_task(plan, name, place, home, key, dict(known)))


def _task(
    plan: Planning, name: str, place: Place[Site], home: Home, key: str, known: dict[str, str]
) -> Task:
    url = copies.url(name)
    make = partial(
        OpenSite,
        plan.sources,
        plan.config,
        place,
        Shown(_NAMES),
        plan.env,
        plan.today,
        url,
        copy_of=home,
        name=f"{KIND}:{name}",
    )
    open_ = partial(_opened, make)
    return Task(f"{KIND}:{name}", place.repo, url, sites.FILE, key, open_, known)


def _opened(make: partial[OpenSite]) -> Opened:
    return Opened(make(), None)
