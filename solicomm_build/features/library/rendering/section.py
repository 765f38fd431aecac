"""Libraries as a kind of sections of the hub: `library:<id>`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from solicomm_build.builder.contents import PUBLIC, Contents, Place
from solicomm_build.builder.planning import Planning
from solicomm_build.builder.sections import Many
from solicomm_build.builder.sources import digest
from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.cards.filestore import mark
from solicomm_build.features.library.library import Library
from solicomm_build.features.library.rendering import talk
from solicomm_build.features.library.rendering.libraries import LibraryPages
from solicomm_build.foundation import outside
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
        env_now = f"{env}.{outside.seen(plan.config, mark(name))}"
        same, old, noted = [*plan.shown(section).split(" ", 2), "", ""][:3]
        is_new = same != env_now or plan.full
        topics = talk.topics(plan, place.settings.conference, "" if is_new else noted)
        if plan.moved(section, f"{env_now} {place.commit} {talk.encode(topics)}"):
            pages.follow()
            changed = None if is_new else pages.changed(Oid(old)) if old != place.commit else ()
            if changed is None:
                plan.all_of(section, pages.everything())
            else:
                plan.some(changed)
                plan.some(pages.mentioned(talk.moved(talk.decode(noted), topics)))
        plan.faults += pages.faults


def _in(texts: Mapping[str, str], lang: str, languages: tuple[str, ...]) -> str:
    return next((texts[tag] for tag in (lang, *languages, *texts) if texts.get(tag)), "")
