"""All that is wrong in a file of a site comes in one answer, so that one correction will do."""

from __future__ import annotations

import pytest

from solicomm_build.features.sites.values import sitefiles

KNOWN = sitefiles.names(["pages/about.en.md"], conferences=(), libraries=())


def said(blob: bytes, path: str) -> list[str]:
    return [str(fault) for fault in sitefiles.check_text(blob, path, KNOWN).faults]


def test_faults_of_the_head_and_of_the_text_come_together() -> None:
    text = b"---\ntitel: About us\n---\n\n\nHello.\n[Join](page:jion) ![](media/x.png)\n"
    found = said(text, "pages/about.en.md")
    assert any("line 2: `titel` is not a known key" in one for one in found)
    assert any("line 7: `page:jion` leads nowhere" in one for one in found)
    assert any("line 7: the picture media/x.png has no text description" in one for one in found)


def test_a_head_that_is_no_yaml_hides_no_fault_of_the_text() -> None:
    found = said(b'---\ntitle: "open\n---\n[Join](page:jion)\n', "news/2026/won.en.md")
    assert any("`page:jion` leads nowhere" in one for one in found)
    assert len(found) > 1


@pytest.mark.parametrize(
    "blob", [b"no head [x](page:jion)\n", b"---\ntitle: x\n", b"---\n\xff\n---\n"]
)
def test_a_file_without_a_head_has_that_fault_alone(blob: bytes) -> None:
    assert len(said(blob, "pages/about.en.md")) == 1


def test_hours_that_name_no_clock_are_noted() -> None:
    """As Jekyll and Obsidian write them; they count as UTC, hours away from what was meant."""
    head = b"---\ntitle: x\nstarts: 2026-12-05 14:00\nends: 2026-12-05T18:00:00+03:00\n---\n"
    found = sitefiles.check_text(head, "events/x.md", KNOWN)
    assert not found.faults
    (note,) = found.warnings
    assert (note.line, note.fault) == (3, "`starts` has no time zone: it is taken for UTC")
    day = head.replace(b" 14:00", b"")
    assert not sitefiles.check_text(day, "events/x.md", KNOWN).warnings
