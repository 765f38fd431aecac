"""A relay in all its bad manners, and a courier that has to do with it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from solicomm_build.courier import queue
from solicomm_build.courier import run as courier
from solicomm_build.courier.line import Timeouts
from solicomm_build.courier.relay import Relay
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from tests.faults import stages

Say = Callable[[bytes], Awaitable[None]]
_CONNECTIONS = 2


class Relayed:
    """A hub whose mail goes to a relay that has a manner; `taken` is kept in a file, since each
    delivery is a process of its own."""

    MANNERS = ("away", "mute", "busy", "hanging", "refusing", "rude", "good")

    def __init__(self, config: Config, taken: Path) -> None:
        self._config, self._file = config, taken
        taken.unlink(missing_ok=True)
        self._taken: Counter[str] = Counter()
        self._rude = 1

    def deliver(self, hour: int, manner: str) -> None:
        """All that is due `hour` hours later, to a relay of this manner."""
        if self._file.exists():
            self._taken = Counter(json.loads(self._file.read_text()))
        with clock.fixed(stages.NOW + timedelta(days=1, hours=2 * hour)):
            asyncio.run(self._deliver(manner))
        self._file.write_text(json.dumps(self._taken))

    def wrong(self, batch: int) -> list[str]:
        """Who got nothing, and who got too much."""
        taken = Counter(json.loads(self._file.read_text()))
        found = [f"still waiting: {path.name}" for path in Spool(self._config.spool_out).pending()]
        ids = {one.partition(" ")[2] for one in taken}
        for mid in sorted(ids & {f"<{n}@union.example>" for n in (2, 3)}):
            told = [one for one in taken if one.endswith(mid)]
            if len(told) != 5:
                found.append(f"{mid} went to {len(told)} of 5 members")
        for mid in ("<2@union.example>", "<3@union.example>", "<letter@hub.example>"):
            if mid not in ids:
                found.append(f"{mid} went to nobody")
        twice = [one for one, count in taken.items() if count > 1]
        if len(twice) > batch:
            found.append(f"{len(twice)} got a copy again where a batch has {batch}: {twice}")
        return found

    async def _deliver(self, manner: str) -> None:
        queue.BATCH = stages.BATCH
        server = await asyncio.start_server(
            lambda reader, writer: self._serve(manner, reader, writer), "127.0.0.1", 0
        )
        host, port = server.sockets[0].getsockname()[:2]
        if manner == "away":
            server.close()
            await server.wait_closed()
        config = replace(self._config, delivery="relay", relay=(host, port))
        seconds = 0.3 if manner in ("mute", "hanging") else 20.0
        relay = Relay(
            config.relay,
            helo="hub.example",
            timeouts=Timeouts.all(seconds),
            connections=_CONNECTIONS,
        )
        await courier.deliver(config, once=True, log=stages.log_of(config), delivery=relay)
        server.close()

    async def _serve(
        self, manner: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await self._talk(manner, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(
        self, manner: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        def say(line: bytes) -> None:
            writer.write(line + b"\r\n")

        if manner == "mute":
            await reader.read()
            return
        say(b"421 4.3.2 too busy" if manner == "busy" else b"220 relay")
        rcpt = ""
        while line := (await reader.readline()).strip():
            verb = line[:4].upper()
            if verb in (b"EHLO", b"HELO"):
                say(b"250 relay")
            elif verb == b"RCPT":
                rcpt = line.decode().partition("<")[2].partition(">")[0]
                say(b"450 4.2.1 not now" if manner == "refusing" else b"250 2.1.5 yes")
            elif verb == b"DATA":
                say(b"354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                if manner == "hanging":
                    await reader.read()
                    return
                if manner == "refusing":
                    say(b"554 5.5.1 nobody to send it to")
                    continue
                self._taken[f"{rcpt} <{parse(raw).msgid}>"] += 1
                if manner == "rude" and self._rude:
                    self._rude -= 1
                    return  # taken, and nobody hears of it
                say(b"250 2.0.0 taken")
            elif verb == b"QUIT":
                say(b"221 2.0.0 bye")
                return
            else:
                say(b"250 2.0.0 yes")
