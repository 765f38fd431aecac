"""What a hub shows of the search: its page, its scripts, and the index that it reads."""

from __future__ import annotations

from solicomm_build.builder.sections import Afterwards
from solicomm_build.features.search import scripts
from solicomm_build.features.search.afterwards import SearchAfterwards, once
from solicomm_build.features.search.section import SearchSection

SECTIONS = (SearchSection(),)
AFTERWARDS = (Afterwards("search", 10, SearchAfterwards, once, of_pages=True),)
STATICS = (scripts.statics,)
MADE_WITH = (scripts.STEMMER,)
