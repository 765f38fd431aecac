"""Meetings in My hub: answered by who is invited, called and looked after by moderators."""
