"""What conferences show of it."""

from __future__ import annotations

from solicomm_build.builder.parts import PartOf
from solicomm_build.features.chat.planned import ChatPage

PARTS = (PartOf("chat", 70, ChatPage),)
