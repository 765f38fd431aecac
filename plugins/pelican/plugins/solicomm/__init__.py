"""SoliComm for Pelican: found by every Pelican that it is installed beside, without a setting.

    hub:            builder/render.py ─ a Job ─→ generators ─→ PageWriter ─→ public/
    stock Pelican:  SOLICOMM in pelicanconf.py ─→ generators ─→ Pelican's own writer ─→ output/

Pelican imports this package whenever it runs, so nothing of ours is loaded here before there is
something to show. See docs/howto/pelican.md, and docs/howto/theme.md for what a theme finds in each
template.
"""

from __future__ import annotations

from pelican.plugins import signals


def register() -> None:
    """Connects to Pelican's signals; safe to call twice."""
    signals.get_generators.connect(_generators)
    signals.get_writer.connect(_writer)


def _generators(pelican: object) -> tuple[type, ...]:
    from pelican.plugins.solicomm import registration

    return registration.generators(pelican)


def _writer(pelican: object) -> type | None:
    from pelican.plugins.solicomm import registration

    return registration.writer(pelican)
