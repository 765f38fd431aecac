"""Which of many sites is made first."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder.apart import batch
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import data
from solicomm_build.git.repo import MAIN, create
from solicomm_build.git.writer import Change
from solicomm_build.testing import hubs, smallhub


def test_who_has_pushed_last_waits_for_no_other_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All were made in the order of their names: after an upgrade the last of a thousand waited
    for all others, whatever was pushed to it."""
    hub = smallhub.make(tmp_path / "hub")
    for number, name in enumerate(("docks", "mines", "ships")):
        create(hub.union_repo(name))
        settings = hubs.UNION.replace(b"docks", name.encode())
        hubs.commit(hub.union_repo(name), Change("site.yaml", settings))
        at = (0, 1_000_000_000 * (number + 1))
        os.utime(hub.union_repo(name) / MAIN, ns=at)
    build, order = batch.build, list[str]()

    def noted(tasks: Sequence[batch.Task], *args: Any, **kwargs: Any) -> Iterator[batch.Result]:
        order.extend(task.section for task in tasks)
        return build(tasks, *args, **kwargs)

    monkeypatch.setattr(batch, "build", noted)
    builder = Builder(hub, data.theme())
    try:
        builder.build()
    finally:
        builder.close()
    assert order == ["union:ships", "union:mines", "union:docks"]
    assert hubs.differences(hub) == []
