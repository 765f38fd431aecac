"""Bare git repositories: the only package that runs git."""
