"""Searches that somebody saved: a feed for everybody, and a mail a week for who asked for one."""
