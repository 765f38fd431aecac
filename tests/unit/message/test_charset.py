"""Text from octets whose label may lie."""

from __future__ import annotations

import pytest

from solicomm_build.message import charset, header


@pytest.mark.parametrize(
    ("octets", "label", "text", "guessed"),
    [
        (b"abc", "", "abc", False),
        ("é€".encode(), "us-ascii", "é€", False),
        ("é€".encode(), "", "é€", False),
        (b"\x93x\x94", "iso-8859-1", "\u201cx\u201d", False),
        (b"\x93\x81", "ISO_8859-1", "\u201c\x81", True),
        ("组织".encode("gb18030"), "gb2312", "组织", False),
        ("조합".encode("cp949"), "ks_c_5601-1987", "조합", False),
        ("組合①".encode("cp932"), "Shift_JIS", "組合①", False),
        ("союз".encode("koi8-r"), "KOI8-R", "союз", False),
        ("สหภาพ".encode("cp874"), "windows-874", "สหภาพ", False),
        (b"+AOk-", "utf-7", "é", False),
        (b"+2AA-", "utf-7", "+2AA-", False),
        (b"\xff\xfe", "zlib", "ÿþ", True),
        (b"\xe9", "x-none", "é", True),
        (b"x", "../../etc", "x", False),
        (b"x", "\x00", "x", False),
    ],
)
def test_decode(octets: bytes, label: str, text: str, guessed: bool) -> None:
    assert charset.decode(octets, label) == (text, guessed)
    text.encode()


def test_study_finds_what_is_not_declared() -> None:
    words = "Собрание профсоюза состоится в пятницу вечером. " * 4
    assert charset.decode(words.encode("koi8-r"), study=True) == (words, True)


def test_study_gives_up_on_noise() -> None:
    text, guessed = charset.decode(bytes(range(128, 256)) * 3, study=True)
    assert guessed
    assert text


def test_study_that_was_wrong_about_the_rest() -> None:
    words = "Собрание профсоюза состоится в пятницу вечером. ".encode("cp1251") * 800
    text, guessed = charset.decode(words + b"\x98\x98", study=True)  # 0x98 is no cp1251
    assert guessed
    assert len(text) == len(words) + 2


@pytest.mark.parametrize("label", ["idna", "unicode_escape", "rot13", "undefined", "mbcs", ""])
def test_codecs_that_are_no_charsets(label: str) -> None:
    assert charset.codec_of(label) is None


def test_the_memo_of_labels_is_bounded() -> None:
    for number in range(1100):
        charset.codec_of(f"x-{number}")
    assert len(charset._known) <= 1001


def test_japanese_as_microsofts_programs_write_it() -> None:
    octets = b"\x1b$B-!9f\x1b(B \x1b(I60\x1b(B\r\n\x1b$B|b66\x1b(B x"
    for label in ("iso-2022-jp", "us-ascii", ""):
        assert charset.decode(octets, label) == ("①号 ｶｰ\r\n髙橋 x", False)
    for other in (b"\x1b$B-!9\x1b(B", b"\x1b$B-!\xff!\x1b(B", b"\x1b(Iz\x1b(B\x1b$B-!"):
        assert charset.decode(other, "iso-2022-jp")[0], "what cannot be read stays as it is"


@pytest.mark.parametrize("label", ["utf-16", "utf-16le", "UTF-16BE", "utf-32"])
def test_single_octets_that_are_said_to_be_wide_are_read_as_they_are(label: str) -> None:
    for text in ("We meet at six.\nAna\n", "Réunion à six heures.\n", "اجتماع في السادسة.\n"):
        assert len(text.encode()) % 2 == 0
        assert charset.decode(text.encode(), label) == (text, False)


@pytest.mark.parametrize(
    "text", ["Ana\n", "会議は六時です。\nあいうえお", "اجتماع في السادسة\n", "あい"]
)
def test_wide_characters_stay_so(text: str) -> None:
    for label in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert charset.decode(text.encode(label), label) == (text, False)


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("win-1251", "cp1251"),
        ("windows1256", "cp1256"),
        ("CP-1251", "cp1251"),
        ("x-cp1251", "cp1251"),
        ("dos-866", "cp866"),
        ("ISO-8859-6-I", "iso8859_6"),
        ("x-mac-cyrillic", "mac_cyrillic"),
        ("koi8", "koi8_r"),
        ("x-sjis", "cp932"),
        ("windows-1252", "cp1252"),
        ("cp9999", "cp9999"),
    ],
)
def test_labels_as_programs_write_them(label: str, codec: str) -> None:
    """In a header nothing is guessed: a subject with such a label was unreadable."""
    assert charset.codec_of(label) == codec


def test_a_subject_with_such_a_label_is_readable() -> None:
    octets = "Собрание".encode("cp1251").hex("=", 1).upper()
    assert header.decode(f"=?win-1251?q?={octets}?=") == "Собрание"
