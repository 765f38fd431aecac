"""Readers of other list servers' files."""
