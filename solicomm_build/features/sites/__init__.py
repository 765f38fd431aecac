"""Unions' own websites: data, drafts, pushes."""
