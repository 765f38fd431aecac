"""Conversations on paper: contents with page numbers, both directions, nothing fetched."""

from __future__ import annotations

import importlib.util
import re
import socket
import subprocess
import sys
import tomllib
import unicodedata
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.books import binding, paper, printer, printing
from solicomm_build.features.books.gathering import Shelf
from solicomm_build.features.books.wanted import MONTH, TOPIC, Wanted
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs

_TRIED = [sys.executable, "-c", "import weasyprint"]
if subprocess.run(_TRIED, capture_output=True, check=False).returncode:
    # not imported here: it has Pillow read torn pictures in the whole process
    pytest.skip("WeasyPrint, or Pango of Debian, is not installed", allow_module_level=True)


def read(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as opened:
        return [page.get_textpage().get_text_range() for page in opened]


def test_a_month_has_contents_with_the_pages_that_it_is_on(hub: Config, tmp_path: Path) -> None:
    out = tmp_path / "march.pdf"
    words = ["print", str(out), "--conference", "water", "--month", "2026-03"]
    ran = CliRunner().invoke(main, [*words, "--hub", str(hub.root)])
    assert ran.exit_code == 0, ran.output
    pages = read(out.read_bytes())
    contents = re.findall(r"(Pumps & pipes|Valves|Week 1)[ .]+(\d+)", pages[1])
    assert [name for name, _ in contents] == ["Pumps & pipes", "Valves", "Week 1"]
    for name, number in contents:
        assert name in pages[int(number) - 1]
        assert pages[int(number) - 1].strip().splitlines().count(number) == 1
    assert "An insult" not in "".join(pages)


def test_arabic_is_printed_from_right_to_left(hub: Config) -> None:
    with Shelf(hub, "maa") as shelf:
        book = binding.bound(shelf, shelf.gathered(Wanted("maa", TOPIC, hubs.mid("salam"))))
    made = printing.printed(book)
    assert "المضخة" in unicodedata.normalize("NFKC", read(made)[0])
    assert '<html lang="ar" dir="rtl">' in paper.of(book)


def test_the_document_is_whole_and_names_nothing_outside(hub: Config) -> None:
    with Shelf(hub, "water") as shelf:
        book = binding.bound(shelf, shelf.gathered(Wanted("water", MONTH, "2026-03")))
    html = paper.of(book)
    assert not re.search(r'src="(?!data:)|href="chapter-|url\(', html)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for link in re.findall(r'href="#([^"]+)"', html):
        assert link in ids


def test_a_hub_without_the_program_says_how_to_install_it(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = [sys.executable, "-c", f"import sys; sys.exit({printer.MISSING})"]
    run = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda _command, **how: run(child, **how))
    words = ["print", str(tmp_path / "x.pdf"), "--topic", f"water/t/{hubs.mid('pumps')}"]
    ran = CliRunner().invoke(main, [*words, "--hub", str(hub.root)])
    assert ran.exit_code == 64
    assert "-m pip" in ran.output
    assert "install 'weasyprint>=70,<71'" in ran.output
    assert not (tmp_path / "x.pdf").exists()


@pytest.mark.parametrize(
    ("pip", "says"),
    [
        (True, f"fonts-dejavu-core; then {sys.executable} -m pip install"),
        (False, f"core python3-pip; then python3 -m pip --python {sys.executable} install"),
    ],
)
def test_the_remedy_can_be_typed_as_it_stands(
    pip: bool, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's package has a Python without pip; there its own pip installs into ours."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object() if pip else None)
    assert says in printing.how_to_install()
    with (Path(__file__).parents[3] / "pyproject.toml").open("rb") as opened:
        extra = tomllib.load(opened)["project"]["optional-dependencies"]["print"]
    assert f"'{extra[0]}'" in printing.how_to_install()


def test_the_child_reaches_nothing(tmp_path: Path) -> None:
    """Neither a file of the machine nor the network, whatever the document says."""
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRETWORD")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        port = listening.getsockname()[1]
        html = (
            f'<p>ok</p><link rel="stylesheet" href="http://127.0.0.1:{port}/x.css">'
            f'<img src="http://127.0.0.1:{port}/x.png"><img src="file://{secret}">'
            f'<link rel="attachment" href="file://{secret}">'
        )
        child = [sys.executable, "-I", "-m", printer.__name__]
        done = subprocess.run(child, input=html.encode(), capture_output=True, check=False)
        assert read(done.stdout) == ["ok"]
        assert b"/EmbeddedFile" not in done.stdout
        with pytest.raises(BlockingIOError):
            listening.accept()
