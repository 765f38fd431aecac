"""Pushes to libraries."""

from __future__ import annotations

from solicomm_build.gate.hooks import Repository

REPOSITORIES = {"libraries": Repository("solicomm_build.features.library.pushed", "library.yaml")}
