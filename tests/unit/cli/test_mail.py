"""import, post, ingest, moderate, build, deliver, status, fsck: a message through the commands."""

from __future__ import annotations

import dataclasses
import gzip
import json
import mailbox
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git.writer import Change
from solicomm_build.post.held import heldmail
from solicomm_build.testing import hubs
from solicomm_build.testing.bridge import running_bridge

Run = Callable[..., Result]


def mail(number: int, *, to: str = "organising", sender: str = "ana@union.example") -> bytes:
    return (
        f"From: Ana <{sender}>\r\nTo: {to}@hub.example\r\nSubject: Water {number}\r\n"
        f"Date: Tue, 24 Nov 2026 11:00:00 +0000\r\nMessage-ID: <{number}@union.example>\r\n"
        f"\r\nWater is a right, number {number}.\r\n"
    ).encode()


def mbox(path: Path, *numbers: int) -> Path:
    """An mbox of these messages; a .gz is compressed."""
    text = b"".join(
        b"From ana Tue Nov 24 11:00:00 2026\n" + mail(n).replace(b"\r\n", b"\n") + b"\n"
        for n in numbers
    )
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def send(on_hub: Run, hub: Config, *words: str, text: str = "Hello all\n") -> Result:
    """`solicomm post` with a bridge running."""
    with running_bridge(hub) as bridge:
        smtp = f"{bridge.smtp[0]}:{bridge.smtp[1]}"
        return on_hub("post", *words, "--smtp", smtp, text=text)


# import


def test_import(on_hub: Run, sample_hub: Config, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "maildir")
    box.add(mail(4))
    told = on_hub(
        "import",
        "organising",
        mbox(tmp_path / "a.mbox", 1, 2),
        mbox(tmp_path / "b.mbox.gz", 2, 3),
        tmp_path / "maildir",
    )
    assert told.exit_code == 0
    assert told.output.startswith("5 messages: 4 new posts, 1 known before, 0 with a Message-ID")
    assert told.stderr == ""
    again = on_hub("import", "organising", tmp_path / "a.mbox")
    assert again.output.startswith("2 messages: 0 new posts, 2 known before")
    assert on_hub("deliver", "--once").exit_code == 0
    assert not sample_hub.sink.exists(), "nobody is mailed"
    facts = json.loads(on_hub("status", "--json").output)
    assert facts["conferences"]["organising"]["posts"] == 4
    assert on_hub("fsck").output == "Everything is there and sound\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("organising", "/nowhere.mbox"), 66, "/nowhere.mbox: no such file. "),
        (("nowhere", "/dev/null"), 66, "nowhere"),
        (("../x", "/dev/null"), 64, "'../x' is not the id of a conference"),
    ],
)
def test_import_of_what_is_not_there(
    on_hub: Run, words: tuple[str, ...], code: int, said: str
) -> None:
    told = on_hub("import", *words)
    assert told.exit_code == code
    assert told.stderr.startswith("solicomm: ")
    assert said in told.stderr


def test_import_of_what_is_no_mail(on_hub: Run, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    told = on_hub("import", "organising", tmp_path / "picture.png")
    assert told.exit_code == 65
    assert told.stderr.startswith("Not taken: picture.png, after message 0: ")
    assert "Traceback" not in told.output + told.stderr


def test_an_import_of_a_maildir_says_what_it_leaves(on_hub: Run, tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "maildir")
    box.add(mail(4))
    box.add_folder("lists.water").add(mail(5))
    told = on_hub("import", "organising", tmp_path / "maildir")
    assert (told.exit_code, told.output.partition(":")[0]) == (0, "1 messages")
    assert f"below {tmp_path / 'maildir'}: .lists.water\n" in told.stderr
    assert str(tmp_path / "maildir" / ".lists.water") in told.stderr
    inner = on_hub("import", "organising", tmp_path / "maildir" / ".lists.water")
    assert (inner.exit_code, inner.stderr) == (0, "")


def test_an_import_that_was_cut_off_says_so(on_hub: Run, tmp_path: Path) -> None:
    """It ended well, and said that the rest was kept aside."""
    file = mbox(tmp_path / "a.mbox.gz", 1, 2)
    file.write_bytes(file.read_bytes()[:-12])
    told = on_hub("import", "organising", file)
    assert told.exit_code == 65
    assert "Not taken: a.mbox.gz, after message " in told.stderr
    assert "import it again" in told.stderr
    assert "import organising" in on_hub("audit").output
    mbox(file, 1, 2)
    assert on_hub("import", "organising", file).exit_code == 0


# post, ingest, build, deliver


def test_the_whole_way_by_commands(on_hub: Run, sample_hub: Config) -> None:
    told = send(
        on_hub, sample_hub, "organising", "--from", "ana@union.example", "--subject", "Добрый день"
    )
    assert told.exit_code == 0
    sent, soon = told.output.splitlines()
    message_id = sent.removeprefix("Sent <").removesuffix(">")
    topic = post_id(message_id)
    where = f"{sample_hub.url}/conferences/organising/t/{topic}/"
    assert soon == f"Soon at {where}, unless a moderator has to look first"
    status = json.loads(on_hub("status", "--json").output)
    assert status["spool"]["in"] == 1
    assert on_hub("ingest", "--once").exit_code == 0
    reply = send(
        on_hub,
        sample_hub,
        "organising",
        "--from",
        "bea@union.example",
        "--subject",
        "Re: Добрый день",
        "--reply-to",
        message_id,
        text="And to you\n",
    )
    assert reply.output.splitlines()[1] == soon
    assert on_hub("ingest", "--once").exit_code == 0
    built = on_hub("build", "--once")
    assert built.exit_code == 0
    assert " pages made, " in built.output
    page = hubs.page(sample_hub, f"/conferences/organising/t/{topic}/")
    assert "Hello all" in page
    assert "And to you" in page
    assert on_hub("build", "--once").output == "Everything is up to date\n"
    full = on_hub("build", "--full")
    assert ", 0 files written, 0 taken away in " in full.output
    assert on_hub("deliver", "--once").exit_code == 0
    shown = on_hub("status").output
    assert "organising: 2 posts\n" in shown
    assert "Spool in: empty" in shown
    assert "Last build 2" in shown
    assert on_hub("fsck", "--json").output == "[]\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere", "--from", "a@b.example", "--subject", "x"), 66, "550 5.1.1"),
        (("Not Id", "--from", "a@b.example", "--subject", "x"), 64, "is not the id of a"),
        (("organising", "--from", "a@b.example", "--subject", "a\nb"), 64, "A header line cannot"),
    ],
)
def test_post_that_is_refused(
    on_hub: Run, sample_hub: Config, words: tuple[str, ...], code: int, said: str
) -> None:
    told = send(on_hub, sample_hub, *words)
    assert told.exit_code == code
    assert said in told.stderr
    assert told.stderr.startswith("solicomm: ")


def test_post_without_a_bridge(on_hub: Run) -> None:
    told = on_hub(
        "post",
        "organising",
        "--from",
        "a@b.example",
        "--subject",
        "x",
        "--smtp",
        "127.0.0.1:1",
        text="x",
    )
    assert told.exit_code == 66
    assert told.stderr == (
        "solicomm: No bridge answers at 127.0.0.1 port 1. Start it with `solicomm serve`\n"
    )


def test_post_of_octets_that_are_not_utf8(on_hub: Run, sample_hub: Config) -> None:
    with running_bridge(sample_hub) as bridge:
        smtp = f"{bridge.smtp[0]}:{bridge.smtp[1]}"
        told = on_hub(
            "post",
            "organising",
            "--from",
            "a@b.example",
            "--subject",
            "x",
            "--smtp",
            smtp,
            text=b"caf\xe9\n",
        )
    assert told.exit_code == 65
    assert told.stderr.startswith("solicomm: ")


# moderate


@pytest.fixture
def waiting(on_hub: Run, sample_hub: Config) -> tuple[str, str]:
    """Two mails of strangers to a list of members only; their ids."""
    assert on_hub("new", "list", "quiet").exit_code == 0
    ids = []
    for number in (1, 2):
        told = send(
            on_hub,
            sample_hub,
            "quiet",
            "--from",
            f"eve{number}@away.example",
            "--subject",
            f"Words {number}",
        )
        ids.append(post_id(told.output.split("<")[1].split(">")[0]))
    assert on_hub("ingest", "--once").exit_code == 0
    return ids[0], ids[1]


def test_moderate(on_hub: Run, waiting: tuple[str, str]) -> None:
    first, second = waiting
    listed = on_hub("moderate").output
    assert f"{first[:8]}  quiet: Words 1\n" in listed
    assert "waits because " in listed
    assert "eve1@away.example" not in listed
    assert on_hub("moderate", "organising").output == "Nothing waits for a moderator\n"
    assert "Waiting for a moderator: 2" in on_hub("status").output
    assert on_hub("moderate", "accept", first[:8].upper()).output == "Words 1: accepted\n"
    assert on_hub("moderate", "discard", second).output == "Words 2: discarded\n"
    assert on_hub("moderate").output == "Nothing waits for a moderator\n"
    facts = json.loads(on_hub("status", "--json").output)
    assert facts["conferences"]["quiet"]["posts"] == 1
    assert on_hub("fsck").exit_code == 0


def test_moderate_shows_a_mail_before_somebody_decides(
    on_hub: Run, waiting: tuple[str, str]
) -> None:
    shown = on_hub("moderate", "show", waiting[0][:8]).output.splitlines()
    assert shown[0] == "From: eve1@away.example"
    assert shown[1:3] == ["To: quiet", "Subject: Words 1"]
    assert shown[4].startswith("Waits because ")
    assert shown[5].startswith("Proof of its author: ")
    assert "" in shown
    assert on_hub("moderate", "show").exit_code == 64
    assert "begins with zzzz" in on_hub("moderate", "show", "zzzz").output


def test_a_mail_that_is_shown_does_nothing_to_the_terminal(
    on_hub: Run, waiting: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = heldmail.waiting

    def hostile(config: Config, conference: str, mid: PostId) -> heldmail.HeldMail | None:
        found = real(config, conference, mid)
        assert found is not None
        assert found.message is not None
        message = dataclasses.replace(found.message, text="\x1b]0;mine\x07 \u202e tab\there")
        return dataclasses.replace(found, message=message)

    monkeypatch.setattr(heldmail, "waiting", hostile)
    said = on_hub("moderate", "show", waiting[0]).output
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert "tab\there" in said


def test_trace_shows_what_was_decided_with_moderate(
    on_hub: Run, waiting: tuple[str, str], sample_hub: Config
) -> None:
    first, second = waiting
    for words in (("accept", first), ("reject", second)):
        assert on_hub("moderate", *words).exit_code == 0
    for decision, mid in (("accept", first), ("reject", second)):
        told = json.loads(on_hub("trace", mid, "--json").output)
        (carried,) = [step for step in told["steps"] if step["event"] == "decided"]
        assert (carried["decision"], carried["by"]) == (decision, "operator")
        assert f"decision {decision} carried out" in on_hub("trace", mid).output
    assert b"eve1@away.example" not in sample_hub.mail_log.read_bytes()


MORE = (
    "Write one CONFERENCE, or one of accept, accept+trust, reject, discard, ban and an ID, or what "
    "shall be done with a topic, such as `pin CONFERENCE TOPIC`"
)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("accept",), "Write `solicomm moderate accept ID`, with one ID of the list"),
        (("discard", "a", "b"), "Write `solicomm moderate discard ID`, with one ID of the list"),
        (("quiet", "more"), MORE),
        (("accept", "zzzzzz"), "Nothing that waits has an ID that begins with zzzzzz"),
        (
            ("accept", ""),
            "a word is empty, and nothing was done. Is a variable of a script not set?",
        ),
    ],
)
def test_moderate_asks_back(
    on_hub: Run, waiting: tuple[str, str], words: tuple[str, ...], said: str
) -> None:
    told = on_hub("moderate", *words)
    assert told.exit_code == 64
    assert told.stderr == f"solicomm: {said}\n"
    assert "2" in on_hub("status").output


# build and fsck with faults


def test_build_reports_what_is_not_shown(on_hub: Run, sample_hub: Config) -> None:
    hubs.commit(sample_hub.conference_repo("organising"), Change("conference.yaml", b"id: ["))
    told = on_hub("build", "--once")
    assert told.exit_code == 65
    assert told.stderr.startswith("Not shown: content/conferences/organising.git: ")
    assert (sample_hub.public / "index.html").exists()
    assert "not shown: content/conferences/organising.git" in on_hub("status").output
    assert on_hub("build", "--once").exit_code == 65, "it is still so"
    checked = on_hub("fsck")
    assert checked.exit_code == 65
    assert "content/conferences/organising.git" in checked.stderr
