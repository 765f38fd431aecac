"""The bridge, broken while it takes mail: what got a 250 is in the spool, once, come what may."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import smtplib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from solicomm_build.bridge.run import run_bridge
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config, HostPort
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.people.recipients import HubDirectory
from solicomm_build.testing import smallhub
from tests.faults.machine import Ended, Machine
from tests.faults.plan import Mode
from tests.faults.stages import log_of
from tests.faults.trial import Trials

MESSAGES = tuple(range(6))
_SECONDS = 20.0


class Bridge:
    """The bridge as a Stage; its work is done by `BridgeTrials`, since it needs senders."""

    name = "bridge"
    addresses: frozenset[bytes] = frozenset()

    def found(self, root: Path) -> None:
        smallhub.make(root)

    def config(self, root: Path) -> Config:
        return Config(root=root, name="Test", domain="hub.example", url="http://hub.example")


class BridgeTrials(Trials):
    """Trials with senders: what is not answered with 250 is sent again, as every sender does."""

    def __init__(self, machine: Machine, kept: Path) -> None:
        self._bridge = Bridge()
        super().__init__(machine, self._bridge, kept)  # type: ignore[arg-type]

    def prepare(self) -> list[str]:
        machine = self._machine
        shutil.rmtree(machine.root, ignore_errors=True)
        self._bridge.found(machine.root)
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(machine.root, self.kept, symlinks=True)
        replies, ended = self._taking(MESSAGES, Mode.COUNT)
        self.points = machine.plan.points()
        found = [] if ended.code == 0 else [f"it ended with {ended.code}: {ended.said[-400:]}"]
        return found + self._wrong(replies, replies)

    def one(self, mode: Mode, target: int, *, thorough: bool) -> list[str]:
        self._machine.fresh(self.kept)
        first, broken = self._taking(MESSAGES, mode, target)
        left = [number for number in MESSAGES if first.get(number) != 250]
        second, again = self._taking(left)
        found = [f"message {n} heard {code}" for n, code in first.items() if code >= 500]
        if mode is Mode.FULL and broken.killed:
            found.append("a full disk killed the bridge")
        if again.code:
            found.append(f"the next start ended with {again.code}: {again.said[-400:]}")
        found += self._wrong(first, first | second)
        where = broken.fired or "never came there"
        return [f"{mode.name} at {target} ({where}): {one}" for one in found]

    def _taking(
        self, numbers: Sequence[int], mode: Mode = Mode.OFF, target: int = 0
    ) -> tuple[dict[int, int], Ended]:
        """A bridge that takes these messages and is asked to end; what each heard."""
        reading, writing = os.pipe()
        pid = self._machine.start(
            lambda: _serve(self._bridge, self._machine.root, writing), mode, target
        )
        os.close(writing)
        port = _port(reading)
        os.close(reading)
        replies = _send(port, numbers) if port else {}
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        return replies, self._machine.ended(pid)

    def _wrong(self, first: dict[int, int], all_: dict[int, int]) -> list[str]:
        spool = Spool(self._bridge.config(self._machine.root).spool_in)
        kept: Counter[int] = Counter()
        for path in spool.pending():
            try:
                kept.update(_number(item.raw) for item in spool.read(path))
            except StoreError as error:
                return [f"half a file in the spool: {error}"]
        found = [f"message {n} never got its 250" for n in MESSAGES if all_.get(n) != 250]
        found += [f"message {n} got a 250 and is not there" for n in all_ if not kept[n]]
        found += [
            f"message {n} is there {kept[n]} times"
            for n, code in first.items()
            if code == 250 and kept[n] > 1
        ]
        return found


def _serve(bridge: Bridge, root: Path, writing: int) -> None:
    config = bridge.config(root)

    def ready(names: Sequence[HostPort | str]) -> None:
        os.write(writing, b"%d" % int(names[0][1]))
        os.close(writing)

    run_bridge(
        config,
        smtp=("127.0.0.1", 0),
        lmtp=None,
        log=log_of(config),
        directory=HubDirectory(config.domain, config.conferences, frozenset),
        ready=ready,
    )


def _port(reading: int) -> int:
    """Where the bridge listens; 0 when it died before."""
    if not select.select([reading], [], [], _SECONDS)[0]:
        return 0
    told = os.read(reading, 16)
    return int(told) if told else 0


def _send(port: int, numbers: Sequence[int]) -> dict[int, int]:
    """Sends over two connections, in turns; the reply to each, none where the line broke."""
    replies: dict[int, int] = {}
    with contextlib.ExitStack() as stack:
        clients = list(_clients(port, stack))
        for at, number in enumerate(numbers):
            with contextlib.suppress(OSError, IndexError):
                client = clients[at % len(clients)] if clients else None
                if client is None:
                    break
                try:
                    client.sendmail("ana@union.example", ["bar@hub.example"], _message(number))
                    replies[number] = 250
                except smtplib.SMTPServerDisconnected:
                    continue
                except smtplib.SMTPResponseException as error:
                    replies[number] = error.smtp_code
                except smtplib.SMTPRecipientsRefused as error:
                    replies[number] = next(iter(error.recipients.values()))[0]
    return replies


def _clients(port: int, stack: contextlib.ExitStack) -> Iterator[smtplib.SMTP]:
    for _ in range(2):
        with contextlib.suppress(OSError):
            client = smtplib.SMTP("127.0.0.1", port, timeout=_SECONDS)
            stack.callback(client.close)
            yield client


def _message(number: int) -> bytes:
    return smallhub.mail("Words.", msgid=f"<{number}@union.example>")


def _number(raw: bytes) -> int:
    return int((parse(raw).msgid or "").partition("@")[0])
