"""Whoever looks after a new hub is led to one that people can use, step by step, in My hub."""
