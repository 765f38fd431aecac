"""How far an author's address can be proved, in words. What is asked everywhere, such as at each
push, is apart from what finds it out and has to load a resolver (authentication.py)."""

from __future__ import annotations

from typing import Literal

Level = Literal["signed", "token", "aligned", "claimed", "failed"]
"""From most to least: a known key signed it; a token of ours came with it; the author's domain
vouches for it; it only says so; it was looked at and found not to come from there. Only the first
three are proof."""

PROVEN = frozenset({"signed", "token", "aligned"})
"""The levels at which an author is proved."""
