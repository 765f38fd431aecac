"""Where copies go: to a file or to mail servers, as `delivery:` of hub.yaml says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from solicomm_build.courier.making.copies import Chunk, Letter
from solicomm_build.courier.outcome import Outcome
from solicomm_build.courier.relay import Relay
from solicomm_build.courier.sink import Sink
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.cluster import relays
from solicomm_build.foundation.hub.config import Config, HostPort, named
from solicomm_build.foundation.maillog import MailLog


class Delivery(Protocol):
    """Where copies go."""

    unreachable: bool
    """Whether the last hand-over met a dead line: then a pause is better than the next item."""

    async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        """What became of each copy, in their order."""

    async def rest(self) -> None:
        """Lets go of connections for now: nothing waits."""

    async def close(self) -> None:
        """Lets go of connections."""


def delivery_of(config: Config, log: MailLog | None = None) -> Delivery:
    """The sink or the relay, as hub.yaml says."""
    said = log or maillog.to_nobody()
    relays.note(config, {})
    if config.delivery == "sink":
        return Sink(config.sink)

    def tell(away: Mapping[HostPort, str]) -> None:
        relays.note(config, away)
        said.event("relays", away="; ".join(f"{named(one)}: {why}" for one, why in away.items()))

    return Relay(*config.relays, helo=config.domain, tell=tell)
