"""Whose a hub is, where its user has laid links."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solicomm_build.cli import owner


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives links to another user")
@pytest.mark.parametrize("name", ["hub/private", "hub"])
def test_a_link_to_a_folder_of_root_makes_no_hub_of_root(tmp_path: Path, name: str) -> None:
    (tmp_path / "hub").mkdir()
    link = tmp_path / name
    if name == "hub":
        link.rmdir()
    link.symlink_to("/usr")
    os.chown(link, 4711, 4712, follow_symlinks=False)
    assert owner.owner_of(tmp_path / "hub").st_uid == 4711
