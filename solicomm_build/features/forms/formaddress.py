"""What `<list>-form@` is for: somebody fills in a form, or asks for one. Pure."""

from __future__ import annotations

FORM = "form"
