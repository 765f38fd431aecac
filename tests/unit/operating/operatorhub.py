"""A hub with two operators: the one of hub.yaml, and Ben, who is one by a grant."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.operating import proposals
from solicomm_build.foundation import clock
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.testing.deskhub import DeskHub

OP, BEN, CARA = "op@hub.example", "ben@union.example", "cara@union.example"


def made(root: Path) -> DeskHub:
    """The hub; Cara is a member who moderates its list."""
    hub = DeskHub(root)
    (hub.config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Union hub\ndomain: hub.example\n"
        f"url: https://hub.example\noperator: {OP}\nlanguages: [en]\n"
    )
    hub.member(1, OP, "water", name="Olga Prado", lang="en")
    hub.member(2, BEN, "water", name="Ben Ito", lang="en")
    hub.member(3, CARA, "water", name="Cara Diaz", lang="en", role="moderator")
    done = run(hub, "operator", "add", BEN)
    assert done.exit_code == 0, done.output
    hub.sent()
    return hub


def run(hub: DeskHub, *words: str) -> Result:
    """A command on it."""
    with clock.fixed(hub.now):
        return CliRunner().invoke(main, [*words, "--hub", str(hub.config.root)])


def letters(hub: DeskHub) -> dict[str, Message]:
    """What waits to go out, the last one to each."""
    return {item.envelope.rcpt_tos[0]: parse(item.raw) for item in hub.sent()}


def proposed(hub: DeskHub, *words: str, by: str = OP) -> tuple[str, dict[str, Message]]:
    """A proposal: its id, and the letters about it."""
    asked = run(hub, *words, "--as", by)
    assert asked.exit_code == 75, asked.output
    (one,) = proposals.every(hub.config)
    return one.id, letters(hub)


def to_answer(letter: Message) -> str:
    """Where an answer to a letter goes: a local part."""
    return letter.reply_to[0].addr_spec.partition("@")[0]
