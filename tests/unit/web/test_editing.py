"""Editing in the browser: the way in, texts, pictures, faults beside their field, conflicts."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from PIL import Image

from solicomm_build.desk.run import desk
from solicomm_build.features.founding import founding
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.siteedits import Edit
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.people import access
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.webserver import Address, Answer, ask

ABOUT = "pages/about.en.md"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Browser:
    """Keeps a cookie and the mark of the last form."""

    address: Address
    config: Config
    token: str
    cookie: str = ""
    page: str = ""
    last: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self._kept(ask(self.address, f"/edit/metal/{path}", **self._all(headers)))

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        body = urlencode(fields).encode()
        more = self._all({"content_type": FORM, **headers})
        return self._kept(
            ask(self.address, f"/edit/metal/{path}", method="POST", body=body, **more)
        )

    def log_in(self) -> Answer:
        return self.post("", {"token": self.token})

    def form(self) -> dict[str, str]:
        """The fields of the form on the page as a browser would send them."""
        found = {}
        for name, value in re.findall(r'<input[^>]* name="(\w+)" value="([^"]*)"', self.page):
            found[name] = html.unescape(value)
        for name, value in re.findall(
            r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', self.page, re.S
        ):
            found[name] = html.unescape(value)
        for name, inside in re.findall(r'<select name="(\w+)">(.*?)</select>', self.page, re.S):
            chosen = re.search(r'value="([^"]*)" selected', inside)
            found[name] = html.unescape(chosen[1]) if chosen else ""
        for box in ("sure", "alt_none", "picture_none"):  # not ticked
            found.pop(box, None)
        return found

    def _all(self, headers: dict[str, str]) -> dict[str, str]:
        return headers | ({"cookie": self.cookie} if self.cookie else {})

    def _kept(self, answer: Answer) -> Answer:
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        self.page = answer.body.decode("utf-8", "replace")
        return answer


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    config = smallhub.make(tmp_path / "hub")
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    founding.new_union(config, "metal", title="Metal", lang="en")
    _, token = access.issue(config, "ana@union.example", ["unions/metal"])
    with webserver.running(config) as address:
        yield Browser(address, config, token)


def files(browser: Browser) -> dict[str, bytes]:
    return smallhub.files(browser.config.union_repo("metal"))


def test_nobody_gets_in_without_a_token(browser: Browser) -> None:
    assert "Your token" in browser.get("").body.decode()
    assert browser.post("", {"token": "a" * 26}).status == 403
    assert not browser.cookie
    assert "Your token" in browser.get(f"text?path={ABOUT}").body.decode()
    assert browser.post("text", {"do": "save"}).status == 403
    assert browser.get("media/x.png").status == 404
    assert ask(browser.address, "/edit/nothing/").status == 404


def test_a_token_lets_in_with_a_cookie_that_no_other_site_can_use(browser: Browser) -> None:
    answer = browser.log_in()
    assert answer.status == 303
    kept = answer.headers["set-cookie"].lower()
    assert "samesite=strict" in kept
    assert "httponly" in kept
    listed = browser.get("")
    assert "About us" in browser.page or "about.en.md" in browser.page
    assert listed.headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in listed.headers["content-security-policy"]
    assert listed.headers["cache-control"] == "no-store"
    assert len(listed.body) < 20_000


def test_over_https_the_cookie_is_of_this_host_alone(browser: Browser) -> None:
    answer = browser.post("", {"token": browser.token}, x_forwarded_proto="https")
    kept = answer.headers["set-cookie"]
    assert kept.startswith("__Host-")
    assert "Secure" in kept


def test_a_page_is_changed_and_published_by_the_editor(browser: Browser) -> None:
    browser.log_in()
    browser.get(f"text?path={ABOUT}")
    sent = browser.form() | {"text": "We are **many**.\n", "title": "Who: we are", "do": "save"}
    assert browser.post("text", sent).status == 200
    assert "Published" in browser.page
    assert files(browser)[ABOUT].decode().startswith('---\ntitle: "Who: we are"\n')
    assert files(browser)[ABOUT].endswith(b"---\n\nWe are **many**.\n")
    said = open_repo(browser.config.union_repo("metal")).git("log", "-1", "--format=%an|%s")
    assert said == b"ana|Edit page:about.en\n"


def test_nothing_is_changed_by_looking(browser: Browser) -> None:
    before = files(browser)
    browser.log_in()
    browser.get(f"text?path={ABOUT}")
    sent = browser.form()
    browser.post("text", sent | {"text": "a <script>b</script> **c**", "do": "preview"})
    assert "<strong>c</strong>" in browser.page
    assert "<script>b" not in browser.page
    browser.post("text", sent | {"text": "**d**", "do": "draw"})
    assert "<strong>d</strong>" in browser.page
    assert "<form" not in browser.page
    assert files(browser) == before


def test_news_is_added_under_a_name_made_of_its_title(browser: Browser) -> None:
    browser.log_in()
    browser.get("text?new=news")
    sent = browser.form() | {"title": "Élection : on gagne", "tags": "pay, strike", "do": "save"}
    browser.post("text", sent | {"date": "2026-11-03", "text": "Yes."})
    there = files(browser)["news/2026/election-on-gagne.en.md"].decode()
    assert 'tags: ["pay", "strike"]' in there
    assert "date: 2026-11-03" in there


def test_a_fault_stands_beside_its_field_and_nothing_is_lost(browser: Browser) -> None:
    browser.log_in()
    browser.get("text?new=events")
    sent = browser.form() | {"title": "Rally", "starts": "soon", "text": "x\n\n[a](page:none)"}
    answer = browser.post("text", sent | {"do": "save"})
    assert answer.status == 422
    field_ = re.search(r"Begins.*?<br><strong class=\"wrong\">([^<]*)<", browser.page)
    assert field_
    assert "soon" in field_[1]
    assert browser.form()["text"] == "x\n\n[a](page:none)"
    sent = browser.form() | {"starts": "2026-12-05", "do": "save"}
    assert browser.post("text", sent).status == 422
    assert "Line 3: `page:none` leads nowhere" in html.unescape(browser.page)
    sent = browser.form() | {"text": "x", "do": "save"}
    assert browser.post("text", sent).status == 200
    assert "events/rally.en.md" in files(browser)


def test_who_saves_second_sees_what_the_first_one_wrote(browser: Browser) -> None:
    browser.log_in()
    browser.get(f"text?path={ABOUT}")
    sent = browser.form()
    grant = siteedits.Editors(browser.config).of_address("ana@union.example", "metal")
    assert grant
    base = siteedits.look(browser.config, "metal").files[ABOUT]
    theirs = Edit(ABOUT, b"---\ntitle: About\n---\nTheirs.\n", base)
    siteedits.save(browser.config, "metal", grant, [theirs], subject="x", source="web", name="L")
    assert browser.post("text", sent | {"text": "Mine.", "do": "save"}).status == 409
    assert "Theirs." in browser.page
    assert files(browser)[ABOUT].endswith(b"Theirs.\n")
    sent = browser.form()
    assert "Mine." in sent["text"]
    assert browser.post("text", sent | {"do": "save"}).status == 200
    assert files(browser)[ABOUT].endswith(b"Mine.\n")


def test_a_form_of_another_site_does_nothing(browser: Browser) -> None:
    browser.log_in()
    browser.get(f"text?path={ABOUT}")
    sent = browser.form() | {"text": "Lies.", "do": "save"}
    assert browser.post("text", sent | {"mark": "0" * 40}).status == 403
    assert browser.post("text", sent, origin="https://evil.example").status == 403
    assert browser.post("text", sent, sec_fetch_site="cross-site").status == 403
    assert b"Lies." not in files(browser)[ABOUT]


def test_a_revoked_token_stops_the_browser_at_once(browser: Browser) -> None:
    browser.log_in()
    browser.get(f"text?path={ABOUT}")
    sent = browser.form() | {"text": "Late.", "do": "save"}
    access.revoke(browser.config, "ana@union.example")
    assert browser.post("text", sent).status == 403
    assert b"Late." not in files(browser)[ABOUT]


def test_a_picture_goes_into_the_site_and_the_text(browser: Browser) -> None:
    browser.log_in()
    browser.get(f"text?path={ABOUT}")
    octets = io.BytesIO()
    Image.new("RGB", (60, 40), "blue").save(octets, "PNG")
    fields = browser.form() | {"picture_alt": "A blue [flag]", "do": "picture"}
    body = b"".join(
        b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (k.encode(), v.encode())
        for k, v in fields.items()
    )
    body += b'--X\r\nContent-Disposition: form-data; name="picture"; filename="Our Flag.PNG"\r\n'
    body += b"Content-Type: image/png\r\n\r\n" + octets.getvalue() + b"\r\n--X--\r\n"
    answer = ask(
        browser.address,
        "/edit/metal/text",
        method="POST",
        body=body,
        cookie=browser.cookie,
        content_type="multipart/form-data; boundary=X",
    )
    browser.page = answer.body.decode()
    assert "![A blue (flag)](media/our-flag.webp)" in browser.form()["text"]
    assert files(browser)["media/our-flag.webp"][:4] == b"RIFF"
    shown = browser.get("media/our-flag.webp")
    assert shown.headers["content-type"] == "image/webp"
    assert "sandbox" in shown.headers["content-security-policy"]


def test_a_page_is_taken_away_when_one_is_sure(browser: Browser) -> None:
    browser.log_in()
    browser.get("text?new=pages")
    sent = browser.form() | {"title": "Old", "text": "x", "do": "save"}
    assert browser.post("text", sent).status == 200, browser.page
    browser.get("text?path=pages/old.en.md")
    sent = browser.form() | {"do": "delete"}
    assert browser.post("text", sent).status == 422
    assert "pages/old.en.md" in files(browser)
    browser.post("text", sent | {"sure": "yes"})
    assert "pages/old.en.md" not in files(browser)


def test_the_settings_are_edited_as_a_file(browser: Browser) -> None:
    browser.log_in()
    browser.get("text?path=site.yaml")
    source = browser.form()["source"]
    assert browser.post("text", browser.form() | {"source": "nonsense", "do": "save"}).status == 422
    assert browser.form()["source"] == "nonsense\n" or browser.form()["source"] == "nonsense"
    browser.get("text?path=site.yaml")
    changed = source.replace("languages: [en]", "languages: [en, sw]")
    browser.post("text", browser.form() | {"source": changed, "do": "save"})
    assert b"[en, sw]" in files(browser)["site.yaml"]


def test_who_presses_twice_gets_one_link(browser: Browser) -> None:
    for address in ("ana@union.example", "Ana@Union.example", "eve@evil.example"):
        browser.post("", {"address": address})
    assert len(Spool(browser.config.spool_desk).pending()) == 2


def test_a_link_by_mail_lets_in_once(browser: Browser) -> None:
    browser.post("", {"address": "eve@evil.example"})
    same = browser.page
    browser.post("", {"address": "Ana@union.example"})
    assert browser.page == same  # nobody learns who is an editor
    assert not Spool(browser.config.spool_out).pending(), "nor from how long it takes"
    asked = Spool(browser.config.spool_desk)
    assert [len(asked.read(one)) for one in asked.pending()] == [1, 1]
    desk(browser.config, once=True, log=maillog.to_nobody())
    spool = Spool(browser.config.spool_out)
    (path,) = spool.pending()
    (item,) = spool.read(path)
    assert item.envelope.rcpt_tos == ("ana@union.example",)
    link = re.search(r"http://hub\.example/edit/metal/(\S+)", parse(item.raw).text)
    assert link
    browser.get(link[1])  # a program that checks mail
    assert not browser.cookie
    assert browser.post(link[1], {}).status == 303
    assert browser.cookie
    assert browser.post(link[1], {}).status == 403
    with webserver.running(browser.config) as address:  # started anew
        again = Browser(address, browser.config, browser.token)
        assert again.post(link[1], {}).status == 403
    assert browser.post("enter/" + link[1][6:-3] + "abc", {}).status == 403


def test_what_a_form_does_not_know_stays_in_the_file(browser: Browser) -> None:
    grant = siteedits.Editors(browser.config).of_address("ana@union.example", "metal")
    assert grant
    head = "schema: solicomm/page@1\ntitle: Aims\nlang: en\n"
    new = Edit("pages/aims.en.md", f"---\n{head}---\nx\n".encode())
    siteedits.save(browser.config, "metal", grant, [new], subject="x", source="web", name="L")
    browser.log_in()
    browser.get("text?path=pages/aims.en.md")
    browser.post("text", browser.form() | {"summary": "What we want", "do": "save"})
    there = files(browser)["pages/aims.en.md"].decode()
    assert there.startswith(f"---\n{head}summary: ")


def test_comments_and_unchanged_fields_stay_as_they_are_in_the_file(browser: Browser) -> None:
    grant = siteedits.Editors(browser.config).of_address("ana@union.example", "metal")
    assert grant
    path = "news/2026/march.en.md"
    head = '# Ask Leo first.\ntitle: "All of us\\u00a0!"\ndate: 2026-05-01  # the day itself\n'
    head += "# Chosen in March.\n"
    rest = 'tags:\n  # of the list\n  - wages\n\n# Until May.\n"author" : Ana\n# The end.\n'
    new = Edit(path, f"---\n{head}summary: What we want\n{rest}---\nx\n".encode())
    siteedits.save(browser.config, "metal", grant, [new], subject="x", source="web", name="L")
    browser.log_in()
    browser.get(f"text?path={path}")
    browser.post("text", browser.form() | {"summary": "Bread", "do": "save"})
    there = files(browser)[path].decode()
    rest = rest.replace('"author" :', "author:")
    assert there == f"---\n{head}summary: Bread\n{rest}---\n\nx\n"


def test_parts_of_the_editor_are_small(browser: Browser) -> None:
    css = ask(browser.address, "/edit/page.css").body
    css += ask(browser.address, "/edit/studio.css").body
    js = ask(browser.address, "/edit/studio.js").body
    browser.log_in()
    page = browser.get(f"text?path={ABOUT}").body
    assert len(css) + len(js) + len(page) < 20_000
