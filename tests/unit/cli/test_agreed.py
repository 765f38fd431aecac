"""What is asked before something is done: without anybody to answer, the way on is named."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from solicomm_build.cli.asking import agreed
from solicomm_build.foundation.errors import UsageError


@click.command()
def _asks() -> None:
    agreed("Do it?")
    click.echo("done")


def test_nobody_to_answer_is_told_of_yes() -> None:
    refused = CliRunner().invoke(_asks, input="")
    assert isinstance(refused.exception, UsageError)
    assert "--yes says yes" in str(refused.exception)


@pytest.mark.parametrize(("answer", "said"), [("y\n", "done"), ("n\n", "Aborted!")])
def test_an_answer_counts(answer: str, said: str) -> None:
    assert said in CliRunner().invoke(_asks, input=answer).output
