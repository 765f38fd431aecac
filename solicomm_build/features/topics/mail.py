"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.topics import deeds, work
from solicomm_build.people.address import Purpose

ACTS = {Purpose.TOPIC: Act(work.commanded, received=work.received)}
CONFIRMED = {work.CONFIRM: work.confirmed}
AFTER = work.after
DEEDS = {deeds.MOVES: deeds.carry_out}
LANGUAGE = work.language
WORK = frozenset({"topic"})
