"""Templates' code that one process compiles and another uses."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from solicomm_build.builder import compiled
from solicomm_build.builder.compiled import Code


def made(code: Code, text: str) -> str:
    env = Environment(loader=DictLoader({"a.html": text}), bytecode_cache=code, autoescape=True)
    return env.get_template("a.html").render(name="<b>")


def test_code_is_used_and_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Code()
    assert made(first, "Hello {{ name }}") == "Hello &lt;b&gt;"
    monkeypatch.setattr(Environment, "compile", lambda *_: pytest.fail("it was compiled again"))
    assert made(Code(dict(first.known)), "Hello {{ name }}") == "Hello &lt;b&gt;"


def test_code_of_another_text_is_not_used() -> None:
    first = Code()
    made(first, "Hello {{ name }}")
    assert made(Code(dict(first.known)), "Good bye {{ name }}") == "Good bye &lt;b&gt;"


def test_code_is_kept_until_a_template_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that makes one page does not compile all templates for it."""
    file, theme, asked = tmp_path / "state" / "templates.json", tmp_path / "theme", list[int]()
    theme.mkdir()
    (theme / "a.html").write_text("Hello")

    def compile_anew(_theme: Path, _work: object) -> dict[str, bytes]:
        asked.append(1)
        return {"a": b"\x00\xff"}

    monkeypatch.setattr(compiled, "made", compile_anew)

    def of() -> dict[str, bytes]:
        return compiled.kept(file, theme, dict)

    assert of() == of() == {"a": b"\x00\xff"}
    assert len(asked) == 1
    (theme / "a.html").write_text("Good bye")
    assert of() == {"a": b"\x00\xff"}
    assert len(asked) == 2
    for damaged in (b"", b"[]", b'{"mark": 1}', file.read_bytes()[:-20]):
        file.write_bytes(damaged)
        of()
    assert len(asked) == 6
    assert file.stat().st_mode & 0o777 == 0o600
