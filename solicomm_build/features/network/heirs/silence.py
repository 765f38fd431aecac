"""How long a home may be silent."""

from __future__ import annotations

from datetime import timedelta

SILENCE = timedelta(days=90)
"""How long nothing may have been heard of a home before an heir may follow it. A hub that is there
signs its card anew every week."""
