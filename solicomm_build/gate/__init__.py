"""Pushes in: who may write to which repository, and whether what they push is sound."""
