"""Names that other hubs and mail servers know us by."""

from __future__ import annotations

PEER = "peer"
"""The local part that takes what other hubs send."""
PACKET, PASSED = "network-packet", "network-passed"
"""What mail to an address is for: a packet; a conference that is posted to at its home."""
