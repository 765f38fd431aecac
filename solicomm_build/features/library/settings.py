"""The settings of libraries."""

from __future__ import annotations

from solicomm_build.features.library import library
from solicomm_build.post.store.hooks import Settings

SETTINGS = {"libraries": Settings(lambda config: config.libraries, library.FILE, library.decode)}
