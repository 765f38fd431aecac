"""What is at hand for a second is bounded, and is forgotten then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.web.serving import keptanswers
from solicomm_build.web.serving.keptanswers import Answers, AtHand

KEY = (b"/page.html", "", "http")


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keptanswers, "_MOMENT", 0.02)


async def _until(look: Callable[[], bool]) -> None:
    for _ in range(3000):
        if look():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("never")


def test_it_is_forgotten_after_a_moment_and_begins_again() -> None:
    async def run() -> None:
        at_hand = AtHand[str, int](10)
        for value in (1, 2):
            at_hand.put("one", value, 10)
            assert at_hand == {"one": value}
            at_hand.put("two", value, 1)
            assert at_hand == {"one": value}, "there is no room for more"
            await _until(lambda: not at_hand)

    asyncio.run(run())


def _app(page: Path) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": page.read_bytes()})

    return app


@pytest.fixture
def page(tmp_path: Path) -> Path:
    page = tmp_path / "page.html"
    page.write_bytes(b"words")
    return page


async def _answered(answers: Answers) -> bytes:
    answer = await answers.learnt(KEY, ends=False)
    assert answer is not None
    return answer.rpartition(b"\r\n\r\n")[2]


def _with(page: Path, work: Callable[[Answers], Awaitable[None]]) -> None:
    async def run() -> None:
        await work(Answers(_app(page), page.parent))

    asyncio.run(run())


def test_a_body_is_read_once_in_a_moment_and_not_held_longer(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    body = keptanswers.Kept.body

    def noted(kept: keptanswers.Kept) -> bytes | None:
        read.append(kept.file)
        return body(kept)

    async def work(answers: Answers) -> None:
        assert await _answered(answers) == b"words"
        monkeypatch.setattr(keptanswers.Kept, "body", noted)
        for times in (1, 2):
            answers._bodies.forget()
            for _ in range(3):
                answer = answers.of(KEY, ends=False)
                assert answer is not None
                assert answer.endswith(b"\r\n\r\nwords")
            assert len(read) == times

    monkeypatch.setattr(keptanswers, "_MOMENT", 600.0)
    _with(page, work)


@pytest.mark.parametrize("how", ["other", "shorter", "gone", "link"])
def test_a_file_that_is_another_now_is_never_answered_from_memory(page: Path, how: str) -> None:
    async def work(answers: Answers) -> None:
        assert await _answered(answers) == b"words"
        fresh = page.with_name("fresh")
        fresh.write_bytes(b"other" if how != "shorter" else b"few")
        if how == "gone":
            page.unlink()
        elif how == "link":
            page.unlink()
            page.symlink_to(fresh)
        else:
            fresh.replace(page)
        assert answers.of(KEY, ends=False) is None
        if how in ("other", "shorter"):
            assert await _answered(answers) == page.read_bytes()

    _with(page, work)
