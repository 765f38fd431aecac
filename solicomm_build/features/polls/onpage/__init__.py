"""Votes on the page: the voter's own, behind the link of the mail."""
