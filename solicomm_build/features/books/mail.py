"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.features.books import bymail

GETS = {"epub": bymail.brought}
