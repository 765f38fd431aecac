"""Forms that come slowly are bounded in memory, and keep nobody else's out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request

from solicomm_build.foundation import network
from solicomm_build.web import formdata
from solicomm_build.web.formdata import Sent

Read = Callable[[Request, int], Coroutine[Any, Any, Sent | None]]
_HEAD = b'--b7\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
_END = b"\r\n--b7--\r\n"


def _request(host: str, octets: int, slow: asyncio.Event | None = None) -> Request:
    """A form with a file of so many octets, which ends when `slow` is set."""

    async def stream() -> AsyncIterator[bytes]:
        yield _HEAD
        for _ in range(octets // 1000):
            yield b"x" * 1000
        if slow is not None:
            await slow.wait()
        yield _END

    kind = {"content-type": "multipart/form-data; boundary=b7"}
    client = SimpleNamespace(host=host)
    return cast(Request, SimpleNamespace(client=client, headers=kind, stream=stream))


def _size(found: Sent | None) -> int | None:
    return len(found.files[0].octets) if found is not None else None


@pytest.mark.parametrize("read", [formdata.sent, formdata.sieved])
def test_who_sends_large_files_slowly_holds_bounded_memory_and_keeps_nobody_out(
    monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    """Fifty documents of 18 MB from one client were 900 MB for as long as it liked."""
    monkeypatch.setattr(formdata, "MEMORY_OCTETS", 100_000)
    memory = network.Memory()
    monkeypatch.setattr(formdata, "_unfinished", memory)

    async def scenario() -> tuple[list[int | None], int | None]:
        over = asyncio.Event()
        slow = [
            asyncio.create_task(read(_request("192.0.2.1", 30_000, over), 50_000)) for _ in range(4)
        ]
        await asyncio.sleep(0.05)
        assert memory._octets <= 100_000
        good = await read(_request("198.51.100.7", 35_000), 50_000)
        assert memory._octets <= 100_000
        over.set()
        return [_size(await one) for one in slow], _size(good)

    slow, good = asyncio.run(scenario())
    assert good == 35_000
    assert slow.count(None) == 2, "the largest of who has most give way, and are told"
    assert slow.count(30_000) == 2
    assert memory._octets == 0


def test_what_is_too_much_is_held_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = network.Memory()
    monkeypatch.setattr(formdata, "_unfinished", memory)

    async def scenario() -> None:
        over = asyncio.Event()
        late = asyncio.create_task(formdata.sent(_request("192.0.2.1", 30_000, over), 20_000))
        await asyncio.sleep(0.05)
        assert memory._octets == 0
        over.set()
        assert await late is None

    asyncio.run(scenario())
