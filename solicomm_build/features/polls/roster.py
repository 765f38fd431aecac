"""What the roster remembers of polls."""

from __future__ import annotations

from solicomm_build.features.polls.pollwork import TYPES, PollWork

LEDGERS = {PollWork: TYPES}
