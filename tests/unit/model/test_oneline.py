"""Names, subjects and file names cannot break out of their line or their folder."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.oneline import file_name, media_type, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Re: [PATCH] x", "Re: [PATCH] x"),
        ("a\r\nBcc: x@y", "a Bcc: x@y"),
        ("  a \t b  ", "a b"),
        ("a\u2028b\x85c\x00d", "a b c d"),
        ("\u202egnp.exe\u2066x\u2069", "gnp.exex"),
        ("e\u0301", "é"),
        ("\ud800x", "\ufffdx"),
        ("\ufeffx", "x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
        ("\x00", ""),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text, 100) == line
    assert one_line(line, 100) == line


def test_long_lines_are_cut_with_a_mark() -> None:
    assert one_line("x" * 200, 10) == "x" * 9 + "…"
    assert one_line("xxxx yyyy zzz", 10) == "xxxx yyyy…"
    assert one_line("é" * 10, 10) == "é" * 10


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mkataba.pdf", "mkataba.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\x\\y.doc", "C__x_y.doc"),
        (".bashrc", "bashrc"),
        ("", "attachment"),
        ("..", "attachment"),
        ("cod\u202efdp.exe", "codfdp.exe"),
        ("a\x00\nb.txt", "a b.txt"),
        ('<img src="x">.png', "_img src=_x__.png"),
        ("Résumé\u200f.pdf", "Résumé_.pdf"),
    ],
)
def test_file_names_are_one_safe_segment(text: str, name: str) -> None:
    assert file_name(text) == name
    assert file_name(name) == name


def test_long_file_names_keep_their_extension() -> None:
    name = file_name("x" * 300 + ".tar.gz")
    assert len(name) == 100
    assert name.endswith("x.gz")
    assert len(file_name("x." + "y" * 300)) == 100


def test_media_types() -> None:
    assert media_type("Application/PDF") == "application/pdf"
    assert media_type("image/svg+xml") == "image/svg+xml"
    for odd in ("", "text", "text/html\r\nX: y", "a/b/c", 'text/"><script>'):
        assert media_type(odd) == "application/octet-stream"
