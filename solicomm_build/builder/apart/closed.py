"""Pelican's settings that close what content could reach, the same for every run of it.

No plugin, template page, cache or feed of its own, no link syntax that reads files (security notes:
docs/adr/0004-pelican.md). Whoever runs Pelican adds its folders and theme to these.
"""

from __future__ import annotations

from typing import Any


def closed() -> dict[str, Any]:
    """The settings, made anew: Pelican changes some of what it is given."""
    return {
        "STATIC_PATHS": [],
        "TEMPLATE_PAGES": {},
        "PLUGINS": [],
        "PLUGIN_PATHS": [],
        "CACHE_CONTENT": False,
        "LOAD_CONTENT_CACHE": False,
        "DELETE_OUTPUT_DIRECTORY": False,
        "INTRASITE_LINK_REGEX": r"(?!)",
        "FEED_ALL_ATOM": None,
        "CATEGORY_FEED_ATOM": None,
        "TRANSLATION_FEED_ATOM": None,
        "AUTHOR_FEED_ATOM": None,
        "AUTHOR_FEED_RSS": None,
        "TIMEZONE": "UTC",
    }
