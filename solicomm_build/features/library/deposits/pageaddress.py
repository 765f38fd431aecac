"""Addresses of the pages behind the tokens of letters about deposits. Pure."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config

REVIEW, CARD = "/review/", "/card/"


def review(config: Config, token: str) -> str:
    """Where a curator looks at a document and decides."""
    return f"{config.url}{REVIEW}{token}"


def card(config: Config, token: str) -> str:
    """Where who handed a document in corrects its card, or takes it back."""
    return f"{config.url}{CARD}{token}"
