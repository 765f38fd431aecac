"""What a hub shows of libraries."""

from __future__ import annotations

from solicomm_build.features.library.rendering.fronting import front
from solicomm_build.features.library.rendering.section import LibrarySection

SECTIONS = (LibrarySection(),)
FRONT = front
