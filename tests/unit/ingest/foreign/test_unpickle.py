"""Pickles as data: what Mailman 2 wrote under Python 2 is read, and nothing in them ever runs."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.features.migration.servers import unpickle
from solicomm_build.features.migration.servers.unpickle import Opaque
from solicomm_build.foundation.errors import ContentError


class Wicked:
    """Pickles as a call."""

    def __init__(self, function: Any, *words: Any) -> None:
        self._call = function, words

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self._call


def refusal(blob: bytes) -> str:
    with pytest.raises(ContentError) as caught:
        unpickle.load(blob, file="config.pck")
    assert caught.value.public.startswith("config.pck: ")
    return caught.value.public


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_calls_the_shell_is_refused_and_runs_nothing(
    tmp_path: Path, protocol: int
) -> None:
    mark = tmp_path / "ran"
    calls = [
        Wicked(os.system, f"touch {mark}"),
        Wicked(subprocess.check_call, ["touch", str(mark)]),
        Wicked(eval, f"open({str(mark)!r}, 'w')"),
    ]
    for call in calls:
        blob = pickle.dumps({"members": {}, "x": call}, protocol)
        pickle.loads(blob)  # the attack works where nobody guards
        assert mark.exists()
        mark.unlink()
        assert "not plain data" in refusal(blob)
        assert not mark.exists()


@pytest.mark.parametrize(
    "blob",
    [
        b"cos\nsystem\n(S'touch ran'\ntR.",
        b"(S'touch ran'\nios\nsystem\n.",
        b"(cos\nsystem\nS'touch ran'\no.",
        b"c__builtin__\neval\n(S'1'\ntR.",
        b"cbuiltins\ngetattr\n.",
        b"ccopy_reg\n_extension_registry\n.",
        b"csolicomm_build.ingest.foreign.unpickle\nOpaque.__new__\n.",
        b"\x80\x02cMailman.Bouncer\nos.system\n.",
        b"\x80\x04\x8c\x02os\x8c\x06system\x93.",
        b"Pid\n.",
        b"\x82\x01.",
    ],
)
def test_names_and_references_are_refused(blob: bytes) -> None:
    refusal(blob)


@pytest.mark.parametrize(
    "blob", [b"", b"(dp1\nS'members'\n", b"}q\x01(U\xff", b"\x00\x01\x02", b"(" * 10, b"0.", b"]R."]
)
def test_cut_off_and_damaged_pickles_are_refused(blob: bytes) -> None:
    assert "again" in refusal(blob)


def test_a_small_pickle_cannot_take_the_memory() -> None:
    """`LONG_BINPUT` with the largest index makes the reader in C reserve 64 GB."""
    assert unpickle.load(b"}r\xff\xff\xff\xff.", file="x") == {}


def test_mailmans_own_classes_are_data() -> None:
    blob = b"\x80\x02cMailman.Bouncer\n_BounceInfo\n)\x81}U\x05scoreG@\x08\0\0\0\0\0\0sb."
    found = unpickle.load(blob, file="x")
    assert isinstance(found, Opaque)
    assert found.get("score") == 3.0
    old_style = b"(cMailman.Bouncer\n_BounceInfo\no}U\x05scoreK\x02sb."
    assert unpickle.load(old_style, file="x").get("score") == 2


def test_strings_of_python_2_are_utf8_or_latin_1() -> None:
    assert unpickle.load(b"(U\x04Jos\xe9U\x05Jos\xc3\xa9t.", file="x") == ("José", "José")


@given(st.binary(max_size=200))
def test_any_octets_are_values_or_a_refusal(blob: bytes) -> None:
    with contextlib.suppress(ContentError):
        unpickle.load(blob, file="x")
