"""What is told to who writes to an address of before."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.renaming import places
from solicomm_build.foundation import maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import mail
from tests.snapshots.kept import Mail
from tests.snapshots.stage import ANA, Stage


def written(stage: Stage) -> Iterator[tuple[str, Mail]]:
    """Each mail under its name."""
    config = stage.hub.config
    stage.hub.work()
    places.rename(config, "talk", "rivers")
    raw = mail("Where are you?", sender=ANA).replace(b"bar@", b"talk@")
    Spool(config.spool_in).put([smallhub.item(raw, "talk@hub.example", proved=True)])
    ingest(config, once=True, log=maillog.to_nobody())
    yield from (("told the new address", one) for one in stage.hub.work())
