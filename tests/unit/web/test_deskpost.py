"""Mail that pages put into the desk's spool, and waiting for what the desk does with it."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

from solicomm_build.foundation.hub.cluster.settings import Cluster
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.parse import parse
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.web.deskpost import DeskPost

ANA = Mailbox("Ana", "ana@union.example")


def test_a_mail_with_files_waits_until_the_desk_has_taken_it(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}))
    post, spool = DeskPost(config), Spool(config.spool_desk)

    async def all_of_it() -> None:
        files = [("a.txt", b"octets")]
        file = await post.put("water-request", ANA, "fr", "aide", files=files, proved=True)
        assert file is not None
        assert not await post.is_done(file, 0.02)
        (item,) = spool.read(file)
        message = parse(item.raw)
        assert item.envelope.ours
        assert item.envelope.proved
        assert (message.text.strip(), message.language) == ("aide", "fr")
        assert [one.payload for one in message.attachments] == [b"octets"]
        waits = asyncio.create_task(post.is_done(file))
        await asyncio.sleep(0)
        spool.done(file)
        assert await waits

    asyncio.run(all_of_it())
    post.close()
    spool.close()


def test_what_goes_to_the_desk_of_another_machine_is_not_waited_for(tmp_path: Path) -> None:
    """Nor is anything kept of it, however much it is: this machine may run for months."""
    config = smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}))
    post = DeskPost(dataclasses.replace(config, cluster=Cluster("n2", divided=True)))

    async def all_of_it() -> None:
        before = known_to(post)
        for _ in range(3):
            file = await post.put("water-request", ANA, "fr", "aide")
            assert not await post.is_done(file)
        assert known_to(post) == before

    asyncio.run(all_of_it())
    assert len(Spool(config.spool_desk).pending()) == 3
    post.close()


def known_to(post: DeskPost) -> dict[str, str]:
    """All that it knows, but for its spool."""
    return {name: repr(value) for name, value in vars(post).items() if name != "_spool"}
