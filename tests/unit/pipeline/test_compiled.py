"""Templates' code that one process compiles and another uses."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment

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
