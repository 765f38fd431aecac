"""Configurations of web servers that stand in front of `solicomm web`."""
