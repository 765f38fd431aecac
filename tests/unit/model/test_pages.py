from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.post.pages import relative


@pytest.mark.parametrize(
    ("source", "target", "link"),
    [
        ("/", "/", "./"),
        ("/", "/a/", "a/"),
        ("/a/", "/", "../"),
        ("/a/b/", "/a/c/", "../c/"),
        ("/a/b/", "/a/b/", "./"),
        ("/a/b/", "/a/b/#x", "#x"),
        ("/a/b/", "/a/b/page/2/#x", "page/2/#x"),
        ("/a/b/page/2/", "/a/b/#x", "../../#x"),
        ("/a/b/", "/a/feed.xml", "../feed.xml"),
        ("/a/", "/a/feed.xml", "feed.xml"),
        ("/404.html", "/a/", "a/"),
        ("/a/", "/a/?q=1/2", "./?q=1/2"),
        ("/a/", "https://union.example/", "https://union.example/"),
        ("/a/", "mailto:ana@union.example", "mailto:ana@union.example"),
        ("/a/", "#x", "#x"),
    ],
)
def test_relative(source: str, target: str, link: str) -> None:
    assert relative(source, target) == link


words = st.text("ab1-", min_size=1, max_size=3)
urls = st.builds(
    lambda folders, file: "/" + "".join(f"{folder}/" for folder in folders) + file,
    st.lists(words, max_size=4),
    st.sampled_from(("", "", "index.html", "x.css")),
)


@given(urls, urls, st.sampled_from(("", "#m", "?q=a/b")), st.sampled_from(("", "/mirror/hub")))
def test_a_relative_link_leads_there_from_below_any_path(
    source: str, target: str, mark: str, base: str
) -> None:
    link = relative(source, target + mark)
    assert not link.startswith("/")
    assert urljoin(f"http://x{base}{source}", link) == f"http://x{base}{target}{mark}"
