"""Erasure across hubs: signed notices of what was erased, and signed receipts of who did it too."""
