"""Polls of a network: asked at every hub, counted at their home."""
