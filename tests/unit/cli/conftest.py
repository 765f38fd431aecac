"""Commands run in this process, on a hub of the test's own."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.foundation.hub.config import Config

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def kept_signals() -> Iterator[None]:
    """Stages take over SIGTERM and SIGINT; here they must give them back."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `solicomm` with these words; what it raised, other than its exit, is raised here."""
    monkeypatch.delenv("SOLICOMM_HUB", raising=False)

    def run(*words: object, text: str | bytes | None = None) -> Result:
        return CliRunner().invoke(
            main, [str(word) for word in words], input=text, catch_exceptions=False
        )

    return run


@pytest.fixture
def on_hub(run: Run, sample_hub: Config, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `solicomm` on the sample hub."""
    monkeypatch.setenv("SOLICOMM_HUB", str(sample_hub.root))
    return run
