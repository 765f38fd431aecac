"""SoliComm for Pelican: found by every Pelican that it is installed beside, without a setting.

    hub:            builder/render.py ─ a Job ─→ generators ─→ PageWriter ─→ public/
    stock Pelican:  SOLICOMM in pelicanconf.py ─→ generators ─→ Pelican's own writer ─→ output/

Pelican imports this package whenever it runs, so nothing of ours is loaded here before there is
something to show. See docs/howto/pelican.md, and docs/howto/theme.md for what a theme finds in each
template.
"""

from __future__ import annotations

from typing import Any

from pelican.plugins import signals

SETTING = "SOLICOMM"
"""What a site says in its pelicanconf.py."""
JOB = "SOLICOMM_JOB"
"""Where generators find the pages that are to be made."""


def register() -> None:
    """Connects to Pelican's signals; safe to call twice."""
    signals.get_generators.connect(_generators)
    signals.get_writer.connect(_writer)
    signals.finalized.connect(_close)


def _generators(pelican: Any) -> tuple[type, ...]:
    """The generators of a run that has pages of ours."""
    if SETTING in pelican.settings:
        from pelican.plugins.solicomm.registration import IN_A_SITE
        from pelican.plugins.solicomm.stock import StaticFiles, job

        pelican.settings[JOB] = job(pelican.settings)
        if not pelican.settings[SETTING].get("lunr"):
            return (*IN_A_SITE, StaticFiles)
        from pelican.plugins.solicomm.lunrindex import LunrIndex

        return (*IN_A_SITE, StaticFiles, LunrIndex)
    if JOB in pelican.settings:
        from pelican.plugins.solicomm.registration import IN_A_HUB

        return IN_A_HUB
    return ()


def _writer(pelican: Any) -> type | None:
    """The hub's own writer; a site keeps the one it has."""
    if SETTING in pelican.settings or JOB not in pelican.settings:
        return None
    from pelican.plugins.solicomm.writer import PageWriter

    return PageWriter


def _close(pelican: Any) -> None:
    """Takes away what was made for the run of a site."""
    if SETTING in pelican.settings and JOB in pelican.settings:
        pelican.settings.pop(JOB).close()
