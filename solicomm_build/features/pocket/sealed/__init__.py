"""Conferences for members on a stick: nothing of them but what only a passphrase opens."""
