"""Polls as values: asked, voted, counted. Pure."""
