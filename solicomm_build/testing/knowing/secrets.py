"""What the files made here tell, and must not tell when cleaned."""

from __future__ import annotations

PERSON, DEVICE, SERIAL, FIRM, DELETED = (
    "Secret Steward",
    "Barphone SM-X",
    "SERIAL-4711",
    "Acme Secret Works",
    "what was struck out",
)
PLACE = "+05.6000-000.1800/"
PLANTED = (PERSON, DEVICE, SERIAL, FIRM, DELETED, "05.6000", "stewardsecret")
"""What must be found nowhere. The last one is an account's name in a path."""

PATH = "C:\\Users\\stewardsecret\\Documents"
