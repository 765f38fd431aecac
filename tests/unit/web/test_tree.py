"""Ways out of the folder, over raw sockets and at the function."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing.webserver import Address, ask
from solicomm_build.web.tree import Folder, OpenFile, open_below, segments

WAYS_OUT = [
    "/../private/roster.txt",
    "/../publicity.txt",
    "/conferences/../../private/roster.txt",
    "/%2e%2e/private/roster.txt",
    "/%2e%2e%2fprivate%2froster.txt",
    "/..%2fprivate/roster.txt",
    "/..%5cprivate%5croster.txt",
    "/..\\private\\roster.txt",
    "/%252e%252e/private/roster.txt",
    "/%c0%ae%c0%ae/private/roster.txt",
    "/conferences/%2e%2e/%2e%2e/private/roster.txt",
    "//private/roster.txt",
    "/./../private/roster.txt",
    "/link.txt",
    "/linked/roster.txt",
    "/linked",
    "/.secret",
    "/%2esecret",
    "/.well/known.txt",
    "/.git/config",
    "/page.html%00.png",
    "/page.html%0d%0aX-Evil:1",
    "//evil.example/..",
    "/" + "a" * 300,
    "/" + "a/" * 2000,
]


@pytest.mark.parametrize("path", WAYS_OUT)
def test_no_way_out(server: Address, path: str) -> None:
    answer = ask(server, path)
    assert answer.status == 404
    assert answer.body == b"<p>not here</p>"
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/", "/\\evil.example"])
def test_the_slash_never_leads_elsewhere(server: Address, path: str) -> None:
    answer = ask(server, path)
    assert answer.status == 404
    assert "location" not in answer.headers


def test_decoded_once(server: Address) -> None:
    assert ask(server, "/odd%252e%252e/name.txt").body == b"literal"


def test_segments() -> None:
    assert segments("/") == ("",)
    assert segments("/a/b/") == ("a", "b", "")
    for bad in ("", "a", "//", "/a//b", "/.", "/a/..", "/a\x00", "/a\nb", "/a\\b", "/\udc80"):
        assert segments(bad) is None, bad


def test_only_regular_files(hub: Config, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert open_below(tmp_path, ("pipe",)) is None
    assert isinstance(open_below(hub.public, ("theme",)), Folder)
    assert open_below(hub.public / "missing", ("x",)) is None
    found = open_below(hub.public, ("page.html",))
    assert isinstance(found, OpenFile)
    assert os.read(found.fd, 10) == b"plain"
    os.close(found.fd)


def test_a_fault_of_the_machine_is_not_a_missing_page(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_descriptor(*_: object, **__: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", no_descriptor)
    with pytest.raises(OSError, match="Too many"):
        open_below(hub.public, ("page.html",))


def test_no_descriptor_is_left_open(hub: Config) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for steps in (
        ("theme",),
        ("link.txt",),
        ("linked", "roster.txt"),
        ("none", "x"),
        ("theme", ""),
    ):
        open_below(hub.public, steps)
    assert len(os.listdir("/proc/self/fd")) == before
