"""Votes by mail: how they are asked for, opened, told and ended."""
