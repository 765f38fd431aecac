"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.following import asking
from solicomm_build.people.address import Purpose

ACTS = {asking.PURPOSE: Act(asking.refused, by_tag=asking.by_token, is_short=True)}
POSTED = {Purpose.TOPIC: asking.to_topic, Purpose.REQUEST: asking.to_request}
CONFIRMED = {asking.ACTION: asking.confirmed}
DEEDS = {asking.DEED: asking.carry_out}
LANGUAGE = asking.language
