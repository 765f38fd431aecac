"""Meetings that are pushed to conferences: none, they are the hub's own."""

from __future__ import annotations

from solicomm_build.gate.hooks import InConference

FILES = {"meetings": InConference("solicomm_build.features.meetings.pushed")}
