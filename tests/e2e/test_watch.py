"""One mail that holds a stage is set aside, and the stage goes on.

mail that never ends → ingest ✗ kernel → supervisor → ingest → quarantine, the others → page
                     → desk   ✗ kernel → supervisor → desk   → quarantine, the others → answers
"""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import served
from solicomm_build.testing.served import Served


def mail(to: str, subject: str, text: str) -> bytes:
    return (
        f"From: Ana <ana@union.example>\r\nTo: {to}@hub.example\r\nSubject: {subject}\r\n"
        f"Date: Tue, 24 Nov 2026 11:00:00 +0000\r\n"
        f"Message-ID: <{subject.replace(' ', '.')}@union.example>\r\n\r\n{text}\r\n"
    ).encode()


def set_aside(hub: Served) -> list[str]:
    hub.until(lambda: str(quarantine.aside(hub.config.spool_quarantine) or ""), "quarantine")
    return [one.reason for one in quarantine.aside(hub.config.spool_quarantine)]


def test_a_post_that_holds_ingest_is_set_aside_and_others_appear(
    built_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLICOMM_HOLD", "ingest:endless words")
    address = f"organising@{built_hub.domain}"
    with served.serving(built_hub) as hub:
        hub.send(mail("organising", "Before it", "endless words"), address)
        hub.send(mail("organising", "After it", "Go on"), address)
        hub.page("/conferences/organising/", "After it")
        assert set_aside(hub) == ["It held the ingest stage for longer than an item may"]
        told = CliRunner().invoke(main, ["status", "--hub", str(built_hub.root)]).output
        assert "held the ingest stage" in told
        status = json.loads(
            CliRunner().invoke(main, ["status", "--json", "--hub", str(built_hub.root)]).output
        )
        assert len(status["held_stages"]) == 1
    assert "which is set aside" in hub.log.read_text()
    monkeypatch.delenv("SOLICOMM_HOLD")
    with served.serving(built_hub) as hub:  # after a mend
        CliRunner().invoke(main, ["quarantine", "retry", "--all", "--hub", str(built_hub.root)])
        hub.page("/conferences/organising/", "Before it")


def test_a_command_that_holds_the_desk_is_set_aside_and_others_are_answered(
    built_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOLICOMM_HOLD", "desk:endless words")
    address = f"organising-request@{built_hub.domain}"
    with served.serving(built_hub) as hub:
        hub.send(mail("organising-request", "Stop", "endless words"), address)
        hub.send(mail("organising-request", "help", "help"), address)
        hub.until(
            lambda: built_hub.sink.read_text("utf-8") if built_hub.sink.exists() else "", "answer"
        )
        assert set_aside(hub) == ["It held the desk stage for longer than an item may"]
