"""Which generators and which writer a run of Pelican gets of us."""

from __future__ import annotations

from pelican.plugins.solicomm.conferences import ConferenceGenerator
from pelican.plugins.solicomm.hub import HubGenerator, SearchGenerator
from pelican.plugins.solicomm.libraries import LibraryGenerator
from pelican.plugins.solicomm.people import PeopleGenerator
from pelican.plugins.solicomm.unions import UnionGenerator
from pelican.plugins.solicomm.writer import PageWriter


def generators(_pelican: object) -> tuple[type, ...]:
    """Our generators, in the order their pages are written."""
    return (
        ConferenceGenerator,
        LibraryGenerator,
        UnionGenerator,
        PeopleGenerator,
        HubGenerator,
        SearchGenerator,
    )


def writer(_pelican: object) -> type:
    """The writer that writes only what changed."""
    return PageWriter
