"""The gate's questions to a site that lies in a folder, before anything is pushed."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

from solicomm_build.features.sites.values import sitefiles
from solicomm_build.features.sites.values.site import FILE
from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.gate.findings import Enough, Found
from solicomm_build.post import filenames


def check(config: Config, union: str, folder: Path) -> Found:
    """What a push of the folder's files to `unions/<union>` would be told."""
    found = Found()
    with contextlib.suppress(Enough):
        _look(config, union, folder, found)
    return found


def _look(config: Config, union: str, folder: Path, found: Found) -> None:
    paths = sorted(
        path
        for path in folder.rglob("*")
        if (path.is_symlink() or not path.is_dir()) and path.relative_to(folder).parts[0] != ".git"
    )
    files: dict[str, Path] = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        fault = filenames.check_mode(name, filenames.LINK if path.is_symlink() else "100644")
        fault = fault or filenames.check_path(name)
        if fault is None and not sitefiles.place(name):
            fault = sitefiles.misplaced(name)
        if fault is None:
            files[name] = path
        else:
            found.add([fault])
    known = sitefiles.names(
        files,
        conferences={path.stem for path in config.conferences.glob("*.git")}
        | set(formernames.now(config.private, "conferences")),
        libraries={path.stem for path in config.libraries.glob("*.git")}
        | set(formernames.now(config.private, "libraries")),
    )
    if FILE not in files:
        found.add([ContentError("there is no site.yaml", file=FILE, remedy="Add one")])
        return
    site, findings = sitefiles.check_settings(files[FILE].read_bytes(), union, known)
    found.add(findings.faults, findings.warnings)
    lang, most = site.languages[0] if site else "en", config.limits.site_file_bytes
    for name, path in files.items():
        blob = path.read_bytes()
        if sitefiles.place(name) == "media":
            found.look(name, partial(sitefiles.check_media, blob, name, most=most))
        elif name != FILE:
            look = partial(sitefiles.check_text, blob, name, known, default_lang=lang)
            found.look(name, look)
    found.add(sitefiles.doubles(files, files, site), sitefiles.unseen(files, site))
