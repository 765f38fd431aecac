"""Passkeys: signing in without a mail, for who wants it (ADR 0033)."""
