"""What a hub shows of its network: hubs, and where a conference has its home."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.network.directory.fronting import HomeNotice, front
from solicomm_build.features.network.directory.planned import Directory

SECTIONS = (Directory(),)
PARTS = (PartOf("network", 60, HomeNotice),)
FRONT = front
