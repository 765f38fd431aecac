"""Links of a page in a folder lead to files that are there, or to the hub."""

from __future__ import annotations

import pytest

from solicomm_build.builder.carrying.links import Page

HOME = "https://hub.example"
THERE = {
    "index.html": "index.html",
    "theme/a.css": "theme/a.css",
    "conferences/bar/index.html": "conferences/bar/index.html",
    "conferences/bar/t/x/index.html": "conferences/bar/t/x/index.html",
    "conferences/bar/files/1/aux.txt": "conferences/bar/files/1/_aux~1.txt",
}


def page(path: str = "conferences/bar/index.html") -> Page:
    return Page(path, THERE[path], THERE.get, HOME)


@pytest.mark.parametrize(
    ("said", "leads"),
    [
        ("t/x/", "t/x/index.html"),
        ("./", "index.html"),
        ("../../", "../../index.html"),
        ("t/x/#m-1", "t/x/index.html#m-1"),
        ("/conferences/bar/t/x/", "t/x/index.html"),
        ("t/x", "t/x/index.html"),
        ("../../theme/a.css", "../../theme/a.css"),
        ("files/1/aux.txt", "files/1/_aux~1.txt"),
        ("../../feed.xml", f"{HOME}/feed.xml"),
        ("../../members/", f"{HOME}/members/"),
        ("../../search/?q=x", f"{HOME}/search/?q=x"),
        ("../../../../../etc/passwd", f"{HOME}/etc/passwd"),
        ("#top", "#top"),
        ("?page=2", "?page=2"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
        ("mailto:bar@hub.example", "mailto:bar@hub.example"),
        ("//elsewhere.example/x", "//elsewhere.example/x"),
    ],
)
def test_where_a_link_leads(said: str, leads: str) -> None:
    assert page().link(said) == leads


def test_all_kinds_of_links_are_made_and_text_is_left() -> None:
    octets = (
        b'<a class=x href=t/x/>t/x/</a><img src="files/1/aux.txt" srcset="files/1/aux.txt 2x">'
        b"<form action='/'></form><p>href=t/x/</p>"
        b'<meta http-equiv="refresh" content="0; url=t/x/">'
    )
    made = page().made(octets)
    assert made == (
        b'<a class=x href="t/x/index.html">t/x/</a>'
        b'<img src="files/1/_aux~1.txt" srcset="files/1/_aux~1.txt 2x">'
        b'<form action="../../index.html"></form><p>href=t/x/</p>'
        b'<meta http-equiv="refresh" content="0; url=t/x/index.html">'
    )


def test_what_is_not_there_is_remembered() -> None:
    made = page()
    made.made(b'<a href="../../feed.xml">x</a><a href="t/y/">y</a>')
    assert made.missed == {"feed.xml", "conferences/bar/t/y/index.html"}
