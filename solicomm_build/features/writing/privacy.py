"""What a person wrote on pages and did not say yes to yet."""

from __future__ import annotations

from solicomm_build.features.writing import keeping, waiting

PENDING = (waiting.PENDING,)
OVER = (keeping.sweep,)
