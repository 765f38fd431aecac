"""Which generators a run of Pelican gets of us."""

from __future__ import annotations

from pelican.plugins.solicomm.conferences import ConferenceGenerator
from pelican.plugins.solicomm.hub import HubGenerator, SearchGenerator
from pelican.plugins.solicomm.libraries import LibraryGenerator
from pelican.plugins.solicomm.network import NetworkGenerator
from pelican.plugins.solicomm.people import PeopleGenerator
from pelican.plugins.solicomm.sticks import StickGenerator
from pelican.plugins.solicomm.unions import CopyGenerator, UnionGenerator

IN_A_SITE = (ConferenceGenerator, LibraryGenerator, UnionGenerator)
"""The generators of clones in a site that is somebody's own."""
IN_A_HUB = (
    *IN_A_SITE,
    CopyGenerator,
    PeopleGenerator,
    NetworkGenerator,
    HubGenerator,
    SearchGenerator,
    StickGenerator,
)
"""Those of a hub, in the order their pages are written."""
