"""What a conference that can be followed from elsewhere shows of that."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.fediverse.linked import FollowLink

PARTS = (PartOf("fediverse", 95, FollowLink),)
