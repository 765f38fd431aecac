"""The hub that the load runs against: the sample network, a list with people, a union's editor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.founding import founding
from solicomm_build.foundation import keys
from solicomm_build.foundation.hub import config as settings
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import access, rosterevents, token
from solicomm_build.testing import hubs, smallhub

DOMAIN = "hub.example"
AUTHSERV = "mx.hub.example"
CONFERENCE, LIST, NEWS, UNION = "organising", "crew", "news", "metal"
CREW = 10
"""Members of the list that is written to: each post is so many copies."""
CONSENT = rosterevents.Consent("owner", "load")


def founded(root: Path, readers: int) -> Config:
    """The hub, built; `readers` people are on the list that nobody writes to."""
    founding.found_hub(root, name="Load", domain=DOMAIN, sample=True)
    yaml = root / settings.FILE
    yaml.write_text(f"{yaml.read_text('utf-8')}\nauthserv_id: {AUTHSERV}\n", "utf-8")
    config = hubyaml.load(root)
    for name in (LIST, NEWS):
        founding.new_conference(
            config,
            name,
            title=name.title(),
            lang="en",
            kind="list",
            posting="open",
            visibility="public",
        )
    smallhub.add_events(config, _people(readers))
    hubs.build(config)
    return config


def address(number: int) -> str:
    """Where a member gets mail."""
    return f"m{number}@union.example"


def _people(readers: int) -> Iterator[rosterevents.Event]:
    for number in range(1, CREW + readers + 1):
        name = LIST if number <= CREW else NEWS
        yield rosterevents.member(number, address(number), at=smallhub.BEGUN, consent=CONSENT)
        yield rosterevents.subscribe(name, number, at=smallhub.BEGUN, consent=CONSENT)


def leave_path(config: Config, number: int) -> str:
    """The address of a member's one click."""
    return f"/unsubscribe/{token.leave_token(keys.token_key(config.keys), NEWS, number)}"


def editor_token(config: Config) -> str:
    """A token that pushes to the union's site."""
    return access.issue(config, "ana", [f"unions/{UNION}"], lang="en")[1]
