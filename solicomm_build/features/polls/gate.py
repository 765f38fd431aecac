"""Polls that are pushed to conferences."""

from __future__ import annotations

from solicomm_build.gate.hooks import InConference

FILES = {"polls": InConference("solicomm_build.features.polls.pushed")}
