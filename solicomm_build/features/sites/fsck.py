"""Are the settings of unions' sites sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from solicomm_build.features.sites import copies
from solicomm_build.features.sites.values import site
from solicomm_build.git.reader import Reader
from solicomm_build.post.store.fsck import settings_faults
from solicomm_build.post.store.hooks import Checked, Fault, all_in


def _union(reader: Reader, where: str) -> Iterator[Fault]:
    union = PurePosixPath(where).stem
    yield from settings_faults(
        reader, where, site.FILE, lambda blob: site.decode_site(blob, site.FILE, union=union)
    )


def _copy(reader: Reader, where: str) -> Iterator[Fault]:
    union = copies.union_of(PurePosixPath(where).stem)
    yield from settings_faults(
        reader, where, site.FILE, lambda blob: site.decode_site(blob, site.FILE, union=union)
    )


REPOSITORIES = (
    Checked("mailboxes", all_in(lambda config: config.unions), _union),
    Checked("mailboxes", all_in(copies.folder), _copy),
)
