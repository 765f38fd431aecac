"""Polls from their opening to their end, one at a time."""
