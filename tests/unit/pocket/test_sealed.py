"""A conference for members on a stick, sealed. It is read here by what docs/formats/stick.md says,
and by nothing of ours.

content/conferences/bargaining.git ─build→ state/members ─stick --members→ sealed/ ─words→ posts
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from solicomm_build.cli.main import main
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.sealed import package as packing
from solicomm_build.features.pocket.stick import checking, writing
from solicomm_build.foundation.errors import StoreError, UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs

MARK = "kanarienvogel"
BODY = f"Do not print {MARK}.\n\n<script>alert(1)</script> <b onclick='x()'>bold</b>\n\nSee #1.\n"
FILE = f"{MARK} ".encode() * 40_000
CHOICE = Choice(conferences=("formation",))


@dataclass(frozen=True)
class Made:
    config: Config
    stick: Path
    said: str

    @property
    def words(self) -> str:
        return re.findall(r"^Its words: (.+)$", self.said, re.MULTILINE)[0]

    @property
    def folder(self) -> Path:
        return next((self.stick / "sealed").iterdir())


def posts() -> Iterator[Any]:
    yield hubs.post(
        "closed",
        subject=f"Secret {MARK}",
        body="First.\n",
        author=f"Zoé {MARK}",
        attachments=[hubs.attached(FILE, f"{MARK}.txt")[0]],
    )
    yield hubs.post("again", "closed", subject=f"Re: Secret {MARK}", body=BODY, minutes=3)
    yield hubs.post("other", subject="Another", minutes=1)


@pytest.fixture(scope="module")
def made(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = shutil.copytree(founded_sample, tmp_path_factory.mktemp("sealed") / "hub")
    config = hubyaml.load(root)
    hubs.add(config, "formation", [hubs.post("open")])
    file = hubs.attached(FILE, f"{MARK}.txt")[1]
    hubs.commit(config.conference_repo("bargaining"), file)
    hubs.add(config, "bargaining", posts())
    hubs.build(config)
    stick = root.parent / "stick"
    asked = ["stick", str(stick), "--conference", "formation", "--members", "bargaining"]
    ran = CliRunner().invoke(main, [*asked, "--hub", str(root)])
    assert ran.exit_code == 0, ran.output
    return Made(config, stick, ran.output)


# What follows reads a package as its format says.


def call(path: Path, name: str) -> Any:
    found = re.fullmatch(rf"{name}\((.*)\);\n", path.read_text("ascii"))
    assert found is not None
    return json.loads(f"[{found[1]}]")


def opened(key: bytes, octets: bytes, about: str) -> bytes:
    plain = AESGCM(key).decrypt(octets[:12], octets[12:], about.encode())
    size = int.from_bytes(plain[:4], "big")
    assert not any(plain[4 + size :])
    return plain[4 : 4 + size]


def unlocked(folder: Path, words: str) -> dict[str, Any]:
    (keys,) = call(folder / "keys.js", "solicommSealedKeys")
    assert (keys["schema"], keys["epoch"]) == ("solicomm/sealed@1", folder.name)
    assert keys["iterations"] >= 600_000
    salt = base64.b64decode(keys["salt"])
    outer = hashlib.pbkdf2_hmac("sha256", words.encode(), salt, keys["iterations"], 32)
    inner: dict[str, Any] = json.loads(
        opened(outer, base64.b64decode(keys["wrapped"]), f"solicomm/sealed@1\n{keys['epoch']}")
    )
    return inner


def page(folder: Path, inner: dict[str, Any], name: str, conference: str = "") -> Any:
    return json.loads(piece(folder, inner, name, conference))


def piece(folder: Path, inner: dict[str, Any], name: str, conference: str = "") -> bytes:
    said, text = call(folder / "p" / f"{name}.js", "solicommSealed")
    assert said == name
    about = f"solicomm/sealed@1\n{conference or inner['conference']}\n{folder.name}\n{name}"
    return opened(base64.b64decode(inner["key"]), base64.b64decode(text), about)


def test_the_words_open_topics_and_posts_as_the_format_says(made: Made) -> None:
    inner = unlocked(made.folder, made.words)
    assert inner["conference"] == "bargaining"
    index = page(made.folder, inner, inner["index"])
    titles = [topic["title"] for topic in index["topics"]]
    assert titles == [f"Secret {MARK}", "Another"]
    first = page(made.folder, inner, index["topics"][0]["pages"][0])["html"]
    assert f"Do not print {MARK}" in first
    assert f"Zoé {MARK}" in first
    assert f'href="#p-{hubs.mid("closed")}"' in first
    assert "<script" not in first
    assert "onclick" not in first


def test_files_lie_in_pieces_and_texts_together_as_the_format_says(made: Made) -> None:
    inner = unlocked(made.folder, made.words)
    index = page(made.folder, inner, inner["index"])
    files = page(made.folder, inner, index["topics"][0]["pages"][0])["files"]
    assert list(files) == [f"p-{hubs.mid('closed')}"]
    ((file,),) = files.values()
    assert file["name"] == f"{MARK}.txt"
    assert len(file["pieces"]) == 2
    assert b"".join(piece(made.folder, inner, name) for name in file["pieces"]) == FILE
    rows = [row for name in index["texts"] for row in page(made.folder, inner, name)["rows"]]
    assert [row[:4] for row in rows] == [
        [0, 0, f"p-{hubs.mid('closed')}", "#1"],
        [0, 0, f"p-{hubs.mid('again')}", "#2"],
        [1, 0, f"p-{hubs.mid('other')}", "#1"],
    ]
    assert rows[0][4:5] == [f"Zoé {MARK}"]
    assert rows[0][7] == f"First. · {MARK}.txt"
    assert rows[1][7].startswith("Do not print")


def test_what_was_swapped_or_opened_with_other_words_stays_shut(made: Made) -> None:
    inner = unlocked(made.folder, made.words)
    with pytest.raises(InvalidTag):
        page(made.folder, inner, inner["index"], conference="formation")
    with pytest.raises(InvalidTag):
        unlocked(made.folder, "babab " * 4 + "babab")


def test_the_words_have_eighty_bits(made: Made) -> None:
    assert re.fullmatch(r"(?:[a-z]{5} ){4}[a-z]{5}", made.words)


def test_nothing_of_it_is_in_clear_on_the_stick_nor_its_words_anywhere(made: Made) -> None:
    inner = unlocked(made.folder, made.words)
    title = page(made.folder, inner, inner["index"])["title"].encode()
    assert title
    for path in made.stick.rglob("*"):
        octets = path.read_bytes() if path.is_file() else b""
        assert MARK.encode() not in octets.lower(), path
        assert b"bargaining@" not in octets, path
        if "sealed" in path.parts:
            assert not any(one in octets for one in (b"bargaining", title)), path
        assert made.words.encode() not in octets, path
    derived = made.config.state / "pocket"
    for path in (*derived.rglob("*"), *made.config.private.rglob("*")):
        octets = path.read_bytes() if path.is_file() else b""
        assert made.words.encode() not in octets, path
    assert not [*derived.glob("*.sealed")]


def test_where_the_disk_has_no_room_nothing_is_sealed(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(StoreError, match=r"cannot be sealed.*Make room"):
        packing.make(made.config, "bargaining", tmp_path / "work", lambda done, of: None)
    assert not (tmp_path / "work").exists()


def test_sizes_are_whole_buckets(made: Made) -> None:
    sealed = [*(made.folder / "p").iterdir()]
    assert len(sealed) == 2 + 2 + 1 + 1  # pages of topics, pieces of a file, texts, the index
    for path in sealed:
        _, text = call(path, "solicommSealed")
        assert len(base64.b64decode(text)) % 4096 == 0


def test_a_package_that_was_changed_or_added_to_is_named(made: Made, tmp_path: Path) -> None:
    assert checking.look(made.stick).is_sound
    copy = Path(shutil.copytree(made.stick, tmp_path / "copy"))
    folder = next((copy / "sealed").iterdir())
    with (folder / "reader.js").open("a") as file:
        file.write("// more\n")
    (folder / "p" / "new.js").write_text("")
    found = checking.look(copy)
    assert found.changed == [f"sealed/{folder.name}/reader.js"]
    assert found.foreign == [f"sealed/{folder.name}/p/new.js"]


def test_each_writing_has_new_words_and_without_members_nothing_stays(
    made: Made, tmp_path: Path
) -> None:
    config = hubs.copied(made.config, tmp_path / "hub")
    stick = Path(shutil.copytree(made.stick, tmp_path / "stick"))

    def written(*members: str) -> writing.Done:
        return writing.write(
            config, stick, CHOICE, members=members, progress=lambda what, done, of: None
        )

    where, words = written("bargaining", "bargaining").opens["bargaining"]
    assert words != made.words
    assert [one.name for one in (stick / "sealed").iterdir()] == [Path(where).name]
    assert Path(where).name != made.folder.name
    assert (stick / where / "index.html").is_file()
    assert (stick / "es" / where / "index.html").is_file()
    for lang, opens in (("", "Opens with the five words"), ("es", "Se abre con las cinco")):
        front = (stick / lang / "index.html").read_text()
        (led,) = re.findall(r'href="(sealed/[0-9a-f]{16}/index.html)"', front)
        assert led == f"{where}/index.html"
        assert re.search(rf"[0-9] [KM]B</bdi> · <bdi>{opens}", front), "its size, and what it is"
        assert "bargaining" not in front
    assert written().opens == {}
    assert not (stick / "sealed").exists()
    assert not (stick / "es" / "sealed").exists()
    assert "sealed/" not in (stick / "index.html").read_text()
    assert checking.look(stick).is_sound


@pytest.mark.parametrize(
    ("name", "reason"), [("formation", "for everybody to read"), ("nowhere", "is not there")]
)
def test_what_is_public_or_not_there_is_refused_by_name(
    made: Made, tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(UsageError, match=f"conferences/{name} .*{reason}"):
        writing.write(
            made.config,
            tmp_path / "x",
            CHOICE,
            members=("bargaining", name),
            progress=lambda what, done, of: None,
        )
    assert not (tmp_path / "x").exists()
