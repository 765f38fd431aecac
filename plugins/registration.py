"""What Pelican loads by name: `register` brings in our generators and our writer."""

from __future__ import annotations

from pelican.plugins import signals

from plugins.conferences import ConferenceGenerator
from plugins.hub import HubGenerator
from plugins.libraries import LibraryGenerator
from plugins.people import PeopleGenerator
from plugins.unions import UnionGenerator
from plugins.writer import PageWriter


def generators(_pelican: object) -> tuple[type, ...]:
    """Our generators, in the order their pages are written."""
    return (ConferenceGenerator, LibraryGenerator, UnionGenerator, PeopleGenerator, HubGenerator)


def writer(_pelican: object) -> type:
    """The writer that writes only what changed."""
    return PageWriter


def register() -> None:
    """Connects to Pelican's signals; safe to call twice."""
    signals.get_generators.connect(generators)
    signals.get_writer.connect(writer)
