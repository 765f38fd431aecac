"""What is known of roles at the homes of conferences that are kept here, too."""

from __future__ import annotations

from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.grant import Grant, Grants


def _facts(config: Config) -> tuple[Grant, ...]:
    if not (config.private / "network" / "roles").is_dir():
        return ()
    from solicomm_build.features.network.judging import homeroles

    return homeroles.facts(config)


def _keep(config: Config, conference: str, known: Grants) -> None:
    from solicomm_build.features.network.judging import homeroles

    facts = homeroles.of(known, conference)
    if facts:
        homeroles.write(config, conference, homeroles.encode(facts))


FACTS = _facts
KEEP = _keep
FOLDERS = ("network/roles",)
