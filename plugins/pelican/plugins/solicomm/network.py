"""The directory of hubs for Pelican."""

from __future__ import annotations

from pelican.plugins.solicomm.generator import PageGenerator


class NetworkGenerator(PageGenerator):
    """Pages of the section `network`."""

    kind = "network"
