"""What moderators do with topics in My hub."""

from __future__ import annotations

from solicomm_build.features.topics.topicsection import TopicTools

MINE = (TopicTools,)
