"""Which conferences cannot get another id: whoever follows them elsewhere knows that one."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config


def _why_not(config: Config, kind: str, name: str) -> str:
    if kind != "conferences" or not config.activitypub.has(name):
        return ""
    return (
        f"people elsewhere may follow {name} by that name (`activitypub` in hub.yaml), and would "
        "hear nothing more. Take it out there first; or change its title alone, in conference.yaml"
    )


REFUSES = _why_not
