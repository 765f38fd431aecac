"""A ZIM of the hub is served by kiwix-serve, which knows what it is and searches it in every
language."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import pytest

from solicomm_build.features.pocket import zim
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.foundation.hub.brand import Brand
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.ports import free_port

WORDS = {
    "en": ("Wages", "The wages rise in spring."),
    "fr": ("Salaires", "Les salaires montent au printemps."),
    "es": ("Huelga", "La huelga empieza el viernes."),
    "pt": ("Greve", "A greve continua amanhã."),
    "ar": ("إضراب", "يبدأ إضراب العمال يوم الجمعة."),
    "ru": ("Забастовка", "Забастовка начнётся в пятницу."),
}
NAME = "A network of unions whose name is rather long"
pytestmark = pytest.mark.skipif(
    not (shutil.which("kiwix-serve") and shutil.which("zimwriterfs")),
    reason="kiwix-tools or zim-tools (Debian) is not installed",
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of kiwix-serve with the ZIM of a hub that talks in six languages."""
    folder = tmp_path_factory.mktemp("kiwix")
    made = smallhub.make(
        folder / "hub", *(Conference(f"c-{tag}", {tag: tag}, languages=(tag,)) for tag in WORDS)
    )
    sentence = {"en": "People of many unions talk here about their work. " * 4}
    hub: Config = replace(made, name=NAME, brand=Brand(sentence=sentence))
    for tag, (subject, body) in WORDS.items():
        hubs.add(hub, f"c-{tag}", [hubs.post(f"one-{tag}", subject=subject, body=f"{body}\n")])
    out = folder / "hub.zim"
    hub.state.mkdir()
    zim.write(hub, out, Choice(), split=0, progress=lambda _what, _done, _of: None)
    port = free_port()
    command = ["kiwix-serve", "--address=127.0.0.1", f"--port={port}", "--blockexternal", str(out)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, server)
            yield address
        finally:
            server.terminate()


def _wait(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, "kiwix-serve ended"
        try:
            _get(f"{address}/catalog/v2/entries")
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("kiwix-serve does not answer")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode("utf-8", "replace"))


@pytest.mark.parametrize("lang", WORDS)
def test_it_is_searched_in_every_language(served: str, lang: str) -> None:
    subject, _ = WORDS[lang]
    query = urllib.parse.urlencode({"content": "hub", "pattern": subject, "pageLength": "20"})
    found = _get(f"{served}/search?{query}")
    topic = f"conferences/c-{lang}/t/{hubs.mid(f'one-{lang}')}/index.html"
    assert topic in urllib.parse.unquote(found)
    assert subject in _get(f"{served}/content/hub/{topic}")


def test_the_catalogue_says_what_it_is_within_its_limits(served: str) -> None:
    entry = _get(f"{served}/catalog/v2/entries")
    title = re.search(
        r"<title>([^<]*)</title>\s*<updated>[^<]*</updated>\s*<summary>([^<]*)", entry
    )
    assert title is not None, entry
    assert NAME.startswith(title[1])
    assert 0 < len(title[1]) <= 30
    assert 0 < len(title[2]) <= 80
    assert re.findall(r"<language>([^<]*)</language>", entry) == ["mul"]
    (tags,) = re.findall(r"<tags>([^<]*)</tags>", entry)
    assert {"unions", "_ftindex:yes"} <= set(tags.split(";"))
    (cover,) = re.findall(r'href="([^"]+)"\s+type="image/png', entry)
    with urllib.request.urlopen(f"{served}{cover.replace('&amp;', '&')}", timeout=30) as answer:
        assert answer.read().startswith(b"\x89PNG")
