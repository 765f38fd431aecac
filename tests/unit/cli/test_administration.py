"""init, new, member, mailbox: what they make, refuse and say."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from solicomm_build.cli.main import main
from solicomm_build.foundation.hub import config, hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import passwords
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference
from solicomm_build.post.store.fsck import check
from solicomm_build.testing.killing import killed

Run = Callable[..., Result]


def at(repo: Path, path: str) -> str:
    with Reader(open_repo(repo)) as reader:
        blob = reader.at(MAIN, path)
    assert blob is not None
    return blob.decode()


# init


def test_init(run: Run, tmp_path: Path) -> None:
    told = run("init", tmp_path / "hub", "--domain", "hub.example", "--name", "Workers' hub")
    assert told.exit_code == 0
    assert told.output == (
        f"Made the hub Workers' hub in {tmp_path / 'hub'}\n"
        f"Next: solicomm serve --hub {tmp_path / 'hub'}\n"
    )
    made = hubyaml.load(tmp_path / "hub")
    assert (made.name, made.domain) == ("Workers' hub", "hub.example")
    assert stat.S_IMODE(made.private.stat().st_mode) == 0o700
    assert list(made.conferences.iterdir()) == []
    assert run("status", "--hub", tmp_path / "hub").exit_code == 0
    assert run("build", "--once", "--hub", tmp_path / "hub").exit_code == 0


def test_a_new_hub_has_the_key_by_which_others_know_it(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "new", "--domain", "water.example")
    key = (tmp_path / "new/private/keys/hub").read_bytes()
    said = run("peer", "init", "--hub", tmp_path / "new").output
    assert said.startswith("This hub is water-")
    assert (tmp_path / "new/private/keys/hub").read_bytes() == key


def test_init_with_the_sample(sample_hub: Config) -> None:
    assert {path.stem for path in sample_hub.conferences.iterdir()} >= {"organising"}
    assert len(list(sample_hub.unions.iterdir())) == 6
    settings = conference.decode(
        at(sample_hub.conference_repo("organising"), conference.FILE).encode()
    )
    assert settings.posting == "open"


def test_init_takes_an_empty_folder(run: Run, tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    assert run("init", tmp_path / "hub").exit_code == 0


def test_init_refuses_a_folder_that_is_not_empty(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    told = run("init", tmp_path, "--sample")
    assert told.exit_code == 64
    assert told.stderr == (
        f"solicomm: {tmp_path} is not empty. Name a new folder, or empty this one\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_init_refuses_a_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "hub"
    file.write_text("mine")
    told = run("init", file)
    assert told.exit_code == 64
    assert told.stderr == f"solicomm: {file} is a file. Name a new folder\n"


def test_init_refuses_a_domain_that_is_none(run: Run, tmp_path: Path) -> None:
    told = run("init", tmp_path / "hub", "--domain", "two words")
    assert told.exit_code == 78
    assert "'two words' is not a domain name" in told.stderr
    assert not (tmp_path / "hub").exists()


# new


@pytest.mark.parametrize("kind", ["conference", "list"])
def test_new_conference(on_hub: Run, sample_hub: Config, kind: str) -> None:
    told = on_hub(
        "new",
        kind,
        "water-2",
        "--title",
        'Water: "all" of it',
        "--lang",
        "es",
        "--posting",
        "moderated",
        "--visibility",
        "unlisted",
    )
    assert told.exit_code == 0
    assert told.output == (
        f"Made the {kind} water-2: {sample_hub.url}/conferences/water-2/, "
        f"write to water-2@{sample_hub.domain}\n"
    )
    made = conference.decode(at(sample_hub.conference_repo("water-2"), conference.FILE).encode())
    assert (made.kind, made.posting, made.visibility) == (kind, "moderated", "unlisted")
    assert made.title == {"es": 'Water: "all" of it'}
    assert made.languages[0] == "es"


def test_new_library_and_union(on_hub: Run, sample_hub: Config) -> None:
    assert on_hub("new", "library", "books").exit_code == 0
    told = on_hub("new", "union", "docks", "--title", "Dock workers", "--lang", "pt")
    assert told.output == f"Made the union docks: {sample_hub.url}/unions/docks/\n"
    assert "Dock workers" in at(sample_hub.union_repo("docks"), "site.yaml")
    assert "Books" in at(sample_hub.library_repo("books"), "library.yaml")
    built = on_hub("build", "--once")
    assert (built.exit_code, built.stderr) == (0, "")
    assert (sample_hub.public / "unions/docks/index.html").exists()
    assert (sample_hub.public / "libraries/books/index.html").exists()


@pytest.mark.parametrize("kind", ["conference", "list", "library", "union"])
@pytest.mark.parametrize("name", ["Water", "-x", "a" * 29, "../x", "a b"])
def test_new_refuses_what_is_no_id(on_hub: Run, kind: str, name: str) -> None:
    told = on_hub("new", kind, "--", name)
    assert told.exit_code == 64
    assert told.stderr == (
        f"solicomm: {name!r} is not an id. Use up to 28 of a-z, 0-9 and -, first a letter or "
        "digit\n"
    )


def test_new_refuses_what_is_there(on_hub: Run) -> None:
    told = on_hub("new", "list", "organising")
    assert told.exit_code == 66
    assert told.stderr == "solicomm: organising exists already. Choose another id\n"


@pytest.mark.parametrize("kind", ["list", "library", "union"])
def test_what_a_kill_left_of_a_new_place_begins_with_the_next(
    on_hub: Run, sample_hub: Config, kind: str
) -> None:
    hub, words = sample_hub, ["new", kind, "cut", "--hub", str(sample_hub.root)]
    assert killed(lambda: main(words, standalone_mode=False), "place.created:1")
    told = on_hub("new", kind, "cut")
    assert (told.exit_code, told.stderr) == (0, "")
    assert not [one for one in check(hub) if "cut.git" in one.where]
    assert on_hub("new", kind, "cut").stderr == (
        "solicomm: cut exists already. Choose another id\n"
    )


@pytest.mark.parametrize("kind", ["conference", "list"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("solicomm", "solicomm is an address of the hub itself"),
        ("postmaster", "postmaster is an address of the hub itself"),
        ("water-join", "names ending in -join are addresses of other lists"),
        ("eva", "eva is a member's address already"),
        ("red", "red-leave is a member's address, and would be the one for leave"),
    ],
)
def test_new_refuses_a_name_that_would_take_others_mail(
    on_hub: Run, kind: str, name: str, said: str
) -> None:
    for mailbox in ("eva", "red-leave"):
        assert on_hub("mailbox", "add", mailbox, "--keep").exit_code == 0
    told = on_hub("new", kind, name)
    assert told.exit_code == 64
    assert told.stderr == f"solicomm: {said}. Choose another id\n"


def test_new_refuses_a_language_that_is_none(on_hub: Run, sample_hub: Config) -> None:
    told = on_hub("new", "conference", "water", "--lang", "No Language")
    assert told.exit_code == 64
    assert "'No Language' is not a language. Write its tag" in told.stderr
    assert not sample_hub.conference_repo("water").exists()


# member


def test_members(on_hub: Run) -> None:
    added = on_hub(
        "member", "add", "organising", "ana@union.example", "--name", "Ana Paz", "--lang", "es"
    )
    assert added.output == "ana@union.example is subscribed to organising\n"
    again = on_hub("member", "add", "organising", "Ana@union.example")
    assert (again.exit_code, again.output) == (0, "Ana@union.example was already\n")
    assert "Ana Paz <ana@union.example>\n" in on_hub("member", "list", "organising").output
    rows = json.loads(on_hub("member", "list", "organising", "--json").output)
    ana = next(row for row in rows if row["address"] == "ana@union.example")
    assert (ana["name"], ana["lang"], ana["role"]) == ("Ana Paz", "es", "member")
    on_hub("member", "role", "organising", "ana@union.example", "moderator")
    shown = on_hub("member", "list", "organising").output
    assert "Ana Paz <ana@union.example> (moderator)\n" in shown
    assert shown.count("(moderator)") == 1
    removed = on_hub("member", "remove", "organising", "ana@union.example")
    assert removed.output == "ana@union.example is no longer subscribed to organising\n"
    shown = on_hub("member", "list", "organising").output  # still answers for the conference
    assert "Ana Paz <ana@union.example> (moderator, not subscribed)\n" in shown
    gone = on_hub("member", "remove", "organising", "ana@union.example")
    assert gone.exit_code == 66
    assert gone.stderr == "solicomm: ana@union.example is not subscribed to organising\n"


def test_everybody_is_listed_with_where_and_as_what(on_hub: Run) -> None:
    assert on_hub("member", "add", "organising", "zoe@union.example").exit_code == 0
    assert on_hub("member", "add", "formation", "zoe@union.example").exit_code == 0
    assert on_hub("member", "role", "formation", "zoe@union.example", "host").exit_code == 0
    assert on_hub("member", "remove", "organising", "zoe@union.example").exit_code == 0
    shown = on_hub("member", "list", "--all").output.splitlines()
    assert "zoe@union.example: formation (host)" in shown
    rows = json.loads(on_hub("member", "list", "--all", "--json").output)
    (row,) = [one for one in rows if one["address"] == "zoe@union.example"]
    assert (row["places"], row["state"]) == ({"formation": "host"}, "active")
    assert on_hub("member", "list").exit_code == 64
    assert on_hub("member", "list", "organising", "--all").exit_code == 64


def test_digests(on_hub: Run) -> None:
    def options() -> object:
        rows = json.loads(on_hub("member", "list", "organising", "--json").output)
        return next(row["options"] for row in rows if row["address"] == "ana@union.example")

    on_hub("member", "add", "organising", "ana@union.example", "--digest", "daily")
    assert options() == {"digest": "daily"}
    on_hub("member", "add", "organising", "ana@union.example")
    assert options() == {"digest": "daily"}
    on_hub("member", "add", "organising", "ana@union.example", "--digest", "weekly")
    assert options() == {"digest": "weekly"}
    wrong = on_hub("member", "add", "organising", "ana@union.example", "--digest", "hourly")
    assert wrong.exit_code == 64


def test_inviting_and_appointing(on_hub: Run) -> None:
    told = on_hub("member", "invite", "organising", "ben@union.example", "--lang", "fr")
    assert told.output == "ben@union.example is invited\n"
    again = on_hub("member", "invite", "organising", "Ben@union.example")
    assert again.output == "Ben@union.example is on it, or was invited today\n"
    assert on_hub("member", "invite", "organising", "organising@hub.example").exit_code == 67
    assert on_hub("member", "role", "organising", "ben@union.example", "moderator").exit_code == 66
    on_hub("member", "add", "organising", "ana@union.example")
    told = on_hub("member", "role", "organising", "ana@union.example", "moderator")
    assert told.output == "ana@union.example is moderator of organising\n"
    told = on_hub("member", "role", "organising", "ana@union.example", "none")
    assert told.output == "ana@union.example is no moderator of organising\n"


def test_ten_thousand_members_and_one_broken_line(on_hub: Run, tmp_path: Path) -> None:
    file = tmp_path / "members.txt"
    lines = [f"Member {number} <m{number}@members.example>\n" for number in range(10_000)]
    file.write_text("".join([*lines, "Member without an address\n"]))
    told = on_hub("member", "import", "organising", file)
    assert told.exit_code == 65
    assert f"{file}, line 10001: " in told.stderr
    file.write_text("".join(lines))
    told = on_hub("member", "import", "organising", file)
    assert told.output == "10,000 of 10,000 are new in organising\n"


def test_members_from_a_file(on_hub: Run, tmp_path: Path) -> None:
    before = len(on_hub("member", "list", "organising").stdout.splitlines())
    on_hub("member", "add", "organising", "ana@union.example")
    file = tmp_path / "members.txt"
    file.write_text("# ours\nana@union.example\nBéa Ruiz <bea@union.example>\n\ncy@union.example\n")
    told = on_hub("member", "import", "organising", file)
    assert told.output == "2 of 3 are new in organising\n"
    assert len(on_hub("member", "list", "organising").output.splitlines()) == before + 3


def test_an_address_with_a_sign_that_nobody_sees_is_none(on_hub: Run) -> None:
    told = on_hub("member", "add", "organising", "\u200fana@union.example")
    assert told.exit_code != 0
    assert "'\\u200fana@union.example' is not an e-mail address" in told.stderr


def test_a_newer_file_brings_nobody_back_who_left(on_hub: Run, tmp_path: Path) -> None:
    file = tmp_path / "members.txt"
    file.write_text("Ana Ruiz <ana@union.example>\nbea@union.example\n")
    on_hub("member", "import", "organising", file)
    on_hub("member", "remove", "organising", "ANA@union.example")
    file.write_text("Ana <Ana@union.example>\nbea@union.example\ncy@union.example\n")
    told = on_hub("member", "import", "organising", file)
    assert told.exit_code == 0
    assert told.output.splitlines() == [
        "1 of 3 are new in organising",
        "1 had left organising and stay out; `member add` brings one back:",
        "  Ana@union.example",
    ]
    assert "ana@union.example" not in on_hub("member", "list", "organising").output
    on_hub("member", "add", "organising", "ana@union.example")
    told = on_hub("member", "import", "organising", file)
    assert told.output == "0 of 3 are new in organising\n", "who is back is no case of this"


@pytest.mark.parametrize(
    "text", [b"ana@union.example\nnot an address\n", b"Jos\xe9 <j@b.example>\n"]
)
def test_one_broken_line_refuses_the_file(on_hub: Run, tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "members.txt"
    file.write_bytes(text)
    before = on_hub("member", "list", "organising").output
    told = on_hub("member", "import", "organising", file)
    assert told.exit_code == 65
    assert told.stderr.startswith(f"solicomm: {file}")
    assert "line" in told.stderr or "UTF-8" in told.stderr
    assert on_hub("member", "list", "organising").output == before


@pytest.mark.parametrize(
    "words", [("add", "x", "a@b.example"), ("list", "../x"), ("remove", "x", "a")]
)
def test_members_of_what_is_not_there(on_hub: Run, words: tuple[str, ...]) -> None:
    told = on_hub("member", *words)
    assert told.exit_code == 66
    assert told.stderr == f"solicomm: There is no conference or list {words[1]} in this hub\n"


def test_an_address_that_is_none(on_hub: Run) -> None:
    told = on_hub("member", "add", "organising", "ana at union")
    assert told.exit_code == 67
    assert told.stderr == "solicomm: 'ana at union' is not an e-mail address\n"


# mailbox


def test_mailboxes(on_hub: Run, sample_hub: Config) -> None:
    domain = sample_hub.domain
    told = on_hub("mailbox", "add", "Ana.Paz", "--forward", "ana@home.example", "--keep")
    assert told.exit_code == 0
    assert "is forwarded to ana@home.example and is kept here" in told.output
    listed = on_hub("mailbox", "list").output
    assert f"ana.paz@{domain}: ana@home.example, kept\n" in listed
    on_hub("mailbox", "add", "ana.paz", "--keep")
    assert f"ana.paz@{domain}: kept\n" in on_hub("mailbox", "list").output
    ended = on_hub("mailbox", "remove", "ana.paz")
    assert ended.output == f"ana.paz@{domain} is no address any more\n"
    assert "ana.paz" not in on_hub("mailbox", "list").output
    again = on_hub("mailbox", "remove", "ana.paz")
    assert again.exit_code == 66
    assert again.stderr == f"solicomm: There is no address ana.paz@{domain}\n"


def test_mailboxes_at_a_union_s_domain(on_hub: Run, sample_hub: Config) -> None:
    with (sample_hub.root / config.FILE).open("a") as file:
        file.write("mail_domains: {metal.example: metal}\n")
    address = "ana@metal.example"
    assert on_hub("mailbox", "add", "Ana@Metal.example", "--keep").output == (
        f"Mail to {address} is kept here\n"
    )
    assert f"{address}: kept\n" in on_hub("mailbox", "list").output
    told = on_hub("mailbox", "add", "ana@elsewhere.example", "--keep")
    assert told.exit_code == 64
    assert "elsewhere.example is not a domain of this hub" in told.stderr
    told = on_hub("mailbox", "password", address, text="correct horse\n")
    assert told.output.startswith(f"{address} has a new password")
    hashes = passwords.read(hubyaml.load(sample_hub.root))
    assert hashes[address].startswith("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$")
    file = sample_hub.keys / passwords.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    on_hub("mailbox", "remove", address)
    assert passwords.read(hubyaml.load(sample_hub.root)) == {}
    assert file.read_text() == ""


@pytest.mark.parametrize(
    ("name", "password", "code", "said"),
    [
        ("nobody", "correct horse", 66, "There is no address nobody@hub.example"),
        ("ana", "correct horse", 66, "Mail to ana@hub.example is not kept here"),
        ("office", "short", 64, "A password has at least 10 characters"),
        ("office", "correct\x07horse", 64, "A password has no characters that cannot be seen"),
    ],
)
def test_passwords_that_are_refused(
    on_hub: Run, name: str, password: str, code: int, said: str
) -> None:
    on_hub("mailbox", "add", "office", "--keep")
    on_hub("mailbox", "add", "ana", "--forward", "ana@home.example")
    told = on_hub("mailbox", "password", name, text=password + "\n")
    assert told.exit_code == code
    assert said in told.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("ana",), 64, "Say --forward ADDRESS or --keep, or both"),
        (
            ("organising", "--keep"),
            64,
            "organising is a conference or list already. Choose another name",
        ),
        (
            ("organising-join", "--keep"),
            64,
            "organising-join is the address for join of organising. Choose another name",
        ),
        (("abuse", "--keep"), 64, "abuse is an address of the hub itself. Choose another name"),
        (("peer", "--keep"), 64, "peer is an address of the hub itself. Choose another name"),
        (("../x", "--keep"), 64, "'../x' cannot be an address here. Use a-z, 0-9, . and -"),
        (("ana", "--forward", "nobody"), 67, "'nobody' is not an e-mail address"),
    ],
)
def test_mailboxes_that_cannot_be(
    on_hub: Run, words: tuple[str, ...], code: int, said: str
) -> None:
    told = on_hub("mailbox", "add", *words)
    assert told.exit_code == code
    assert told.stderr == f"solicomm: {said}\n"


def test_a_conference_is_held_and_freed_by_a_word(on_hub: Run, sample_hub: Config) -> None:
    name = sorted(path.stem for path in sample_hub.conferences.glob("*.git"))[0]
    assert on_hub("moderate", "emergency", name, "on").exit_code == 0
    store = RosterStore(open_repo(sample_hub.roster_repo))
    assert store.roster().is_emergency(name)
    assert "as usual" in on_hub("moderate", "emergency", name, "off").output
    assert not store.roster().is_emergency(name)
    store.close()
    assert on_hub("moderate", "emergency", name).exit_code == 64


def test_members_from_standard_input(on_hub: Run) -> None:
    text = "Ana <ana@new.example>\nben@new.example\n"
    told = on_hub("member", "import", "organising", "-", text=text)
    assert told.output == "2 of 2 are new in organising\n"
