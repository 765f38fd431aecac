"""Web pages as office programs save them."""

from __future__ import annotations

import pytest

from solicomm_build.cleaning import books, kinds, markup, worker
from solicomm_build.cleaning.members import Members
from solicomm_build.cleaning.result import CLEAN, CLEANED

PAGE = b"""<html xmlns:o="urn:schemas-microsoft-com:office:office">
<head>
<meta http-equiv=Content-Type content="text/html; charset=windows-1252">
<meta name=Generator content="Microsoft Word 15">
<META NAME="author" CONTENT="Secret Steward > Union">
<meta name="viewport" content="width=device-width">
<link rel=File-List href="x_files/filelist.xml">
<link rel=stylesheet href="file:///C:/Users/stewardsecret/a.css">
<link rel="stylesheet" href="a.css">
<!--[if gte mso 9]><xml><o:Author>Secret Steward</o:Author></xml><![endif]-->
<style><!-- p { color: red } --></style>
</head>
<body><!--[if !mso]><!--><p>Wages \x96 <ins cite="mailto:Secret%20Steward" datetime="2026">rise
</ins> <del>fall</del></p><!--<![endif]--></body></html>
"""
CLEAN_PAGE = b"""<html xmlns:o="urn:schemas-microsoft-com:office:office">
<head>
<meta http-equiv=Content-Type content="text/html; charset=windows-1252">


<meta name="viewport" content="width=device-width">


<link rel="stylesheet" href="a.css">

<style><!-- p { color: red } --></style>
</head>
<body><p>Wages \x96 <ins>rise
</ins> <del>fall</del></p></body></html>
"""


def test_a_page_says_no_more_who_made_it() -> None:
    assert markup.clean(PAGE) == CLEAN_PAGE
    assert markup.clean(CLEAN_PAGE) == CLEAN_PAGE


def test_a_page_that_comes_as_a_file_is_cleaned() -> None:
    assert not kinds.is_plain(PAGE), "no child would look at it"
    made = worker.clean(PAGE, most=1 << 20)
    assert (made.outcome, made.octets) == (CLEANED, CLEAN_PAGE)
    assert worker.clean(CLEAN_PAGE, most=1 << 20).outcome == CLEAN
    assert kinds.is_plain(b"<p>Wages <!-- what --> more\n"), "no page"


def test_a_page_of_a_book_is_cleaned() -> None:
    members = Members({"a.xhtml": PAGE})
    assert books.clean(members)
    assert members.files["a.xhtml"] == CLEAN_PAGE


@pytest.mark.parametrize("text", [b"<html><!-- a", b"<html><style>a", b"<html><!-->a<!--->b"])
def test_what_is_not_closed_loses_no_word(text: bytes) -> None:
    assert markup.clean(text).replace(b"<!-- ", b"").endswith((b"a", b"ab"))


@pytest.mark.parametrize("unit", [b"<!--", b"<meta '", b'<meta "', b"<style", b"<meta a"])
def test_many_that_never_close_cost_what_they_weigh(unit: bytes) -> None:
    assert len(markup.clean(b"<html>" + unit * 20_000)) > 0
