"""What tests of commands about renamed places share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.foundation.hub.config import Config


@pytest.fixture
def said(hub: Config) -> Callable[..., str]:
    """Runs a command on the hub, which has to end well; what it says."""

    def run(*words: object, text: str = "") -> str:
        told = [*map(str, words), "--hub", str(hub.root)]
        done = CliRunner().invoke(main, told, input=text, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    return run
