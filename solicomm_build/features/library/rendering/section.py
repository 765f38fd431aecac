"""Libraries as a kind of sections of the hub: `library:<id>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solicomm_build.builder.contents import PUBLIC, Contents, Place
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sections import Many
from solicomm_build.builder.sources import digest
from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.library import Library
from solicomm_build.features.library.rendering.librarian import named_in
from solicomm_build.features.library.rendering.libraries import LibraryPages
from solicomm_build.foundation.types import Oid
from solicomm_build.git import elsewhere

KIND = "library"


def places(found: Contents) -> Mapping[str, Place[Library]]:
    """The libraries of a hub by id."""
    return found.of(KIND)


class LibrarySection:
    """What the builder knows of libraries."""

    kind = KIND
    rank = 10
    source = Many(
        lambda config: config.libraries,
        libraries.FILE,
        lambda data, file, name: libraries.decode(data, file),
        is_public=lambda place: place.settings.visibility in PUBLIC,
    )

    def url(self, name: str) -> str:
        """Where a catalogue begins."""
        return f"/libraries/{name}/"

    def front(self, found: Contents, lang: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """The libraries that everybody may know of."""
        rows = [
            {
                "id": name,
                "title": _in(place.settings.title, lang, place.settings.languages),
                "description": _in(place.settings.description, lang, place.settings.languages),
                "url": self.url(name),
            }
            for name, place in places(found).items()
            if place.settings.visibility == "public"
        ]
        return {"libraries": rows}

    def plan(self, plan: Planning) -> None:
        """What new commits touched, and the cards that new topics name."""
        for name, place in places(plan.found).items():
            self._plan(plan, name, place)

    def _plan(self, plan: Planning, name: str, place: Place[Library]) -> None:
        section = f"{KIND}:{name}"
        home = elsewhere.of(plan.config, "libraries", name)
        env = digest(plan.env, place.settings_blob, *((home.name, home.url) if home else ()))
        pages = LibraryPages(plan.sources, plan.config, name, place, env)
        shown = plan.shown(section)
        if plan.moved(section, f"{env} {place.commit}"):
            pages.follow()
            same, _, old = shown.partition(" ")
            changed = pages.changed(Oid(old)) if same == env and not plan.full else None
            if changed is None:
                plan.all_of(section, pages.everything())
            else:
                plan.some(changed)
        plan.faults += pages.faults
        if not plan.is_complete(section):
            plan.some(pages.mentioned(_mentioned(plan, place.settings.conference)))


def _mentioned(plan: Planning, conference: str) -> set[str]:
    """The keys of cards that the changed topics of a conference name in their titles."""
    touched = plan.pending.get(f"conference:{conference}", {})
    db = plan.sources.db
    if touched is None:
        rows = db.execute(
            "SELECT title FROM topic WHERE conf=? AND title LIKE '%lib:%'", (conference,)
        ).fetchall()
    else:
        rows = [
            row
            for tid in touched.get("tids", ())
            for row in db.execute(
                "SELECT title FROM topic WHERE conf=? AND tid IN"
                " (SELECT topic FROM post WHERE conf=? AND tid=?)",
                (conference, conference, tid),
            )
        ]
    return {key for (title,) in rows for key in named_in(title)}


def _in(texts: Mapping[str, str], lang: str, languages: tuple[str, ...]) -> str:
    return next((texts[tag] for tag in (lang, *languages, *texts) if texts.get(tag)), "")
