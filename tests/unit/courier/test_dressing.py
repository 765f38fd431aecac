"""What a list adds to its copies, and that nothing it adds breaks a signature that is needed."""

from __future__ import annotations

import dkim as dkimpy
import pytest

from solicomm_build.foundation.data import folder
from solicomm_build.message.split import split
from solicomm_build.post import conference as settings_file
from solicomm_build.post.conference import Conference
from solicomm_build.testing.dnsserver import DnsServer
from solicomm_build.testing.listhub import ListHub, message
from solicomm_build.testing.signatures import key
from tests.unit.courier import test_author_domain
from tests.unit.courier.test_author_domain import MADE, copies, passing, values

hub, server = test_author_domain.hub, test_author_domain.server

LOOSE = [b"from", b"subject", b"date", b"message-id"]
STRICT = [*LOOSE, b"reply-to"]


def signed(raw: bytes, names: list[bytes]) -> bytes:
    field: bytes = dkimpy.sign(raw, b"s", b"union.example", key("rsa", 1), include_headers=names)
    return field + raw


def settings(hub: ListHub, **changed: object) -> None:
    made = Conference("water", {"en": "Water"}, kind="list", **changed)  # type: ignore[arg-type]
    hub.settings(hub.list, made)


def body(raw: bytes) -> bytes:
    return raw[split(raw).body :]


def topic(raw: bytes) -> str:
    (link,) = values(raw, "archived-at")
    return link.partition("/t/")[2].partition("/")[0]


# -- answers to the conversation ----------------------------------------------------------------


def test_answers_go_to_the_topic_and_the_signature_holds(hub: ListHub, server: DnsServer) -> None:
    settings(hub, reply_to="conversation")
    raw = signed(message(), LOOSE)
    for copy in copies(hub, raw):
        assert values(copy, "reply-to") == [f"<water+t-{topic(copy)}@hub.example>"]
        assert values(copy, "from") == ["Ana <ana@union.example>"]
        assert passing(copy, server) == {"hub.example", "union.example"}
        assert body(copy) == body(raw)


def test_a_signature_that_dmarc_needs_is_never_broken_for_them(
    hub: ListHub, server: DnsServer
) -> None:
    settings(hub, reply_to="conversation")
    for copy in copies(hub, signed(message(), STRICT)):
        assert values(copy, "reply-to") == []
        assert values(copy, "from") == ["Ana <ana@union.example>"]
        assert passing(copy, server) == {"hub.example", "union.example"}


def test_where_the_domain_asks_for_nothing_the_conversation_goes_on(
    hub: ListHub, server: DnsServer
) -> None:
    server.records["_dmarc.union.example"] = ["v=DMARC1; p=none"]
    settings(hub, reply_to="conversation")
    (copy, _) = copies(hub, signed(message(), STRICT))
    assert values(copy, "reply-to") == [f"<water+t-{topic(copy)}@hub.example>"]
    assert values(copy, "from") == ["Ana <ana@union.example>"]


def test_what_comes_from_the_list_is_answered_to_the_conversation(hub: ListHub) -> None:
    settings(hub, reply_to="conversation")
    (copy, _) = copies(hub, message())  # nobody signed it, so From is the list's
    assert values(copy, "from") == [MADE]
    assert values(copy, "reply-to") == [f"<water+t-{topic(copy)}@hub.example>"]


def test_a_reply_to_of_the_author_stays(hub: ListHub) -> None:
    settings(hub, reply_to="conversation")
    (copy, _) = copies(hub, message(extra="Reply-To: <desk@union.example>\r\n"))
    assert values(copy, "reply-to") == ["<desk@union.example>"]


def test_announcements_are_answered_to_their_author(hub: ListHub, server: DnsServer) -> None:
    settings(hub, reply_to="conversation", posting="announce")
    (copy, _) = copies(hub, signed(message(), LOOSE))
    assert values(copy, "reply-to") == []


@pytest.mark.parametrize("kind", ["list", "conference"])
def test_new_lists_have_it_and_old_ones_keep_theirs(kind: str) -> None:
    starter = (folder("content") / "starters" / kind / "conference.yaml").read_text("utf-8")
    for word, value in (("@ID@", "water"), ("@LANG@", "en"), ("@TITLE@", "Water")):
        starter = starter.replace(word, value)
    assert settings_file.decode(starter).reply_to == "conversation"
    assert settings_file.decode("schema: solicomm/conference@1\nid: a\ntitle: A\n").reply_to == (
        "author"
    )


# -- footer ---------------------------------------------------------------------------------------


def test_without_the_setting_nothing_is_added(hub: ListHub) -> None:
    (copy, _) = copies(hub, message())
    assert body(copy) == body(message())


def test_an_unsigned_text_gets_lines_below(hub: ListHub, server: DnsServer) -> None:
    settings(hub, footer=True)
    (copy, _) = copies(hub, message())
    before, _, below = body(copy).partition(b"_" * 30)
    assert before.rstrip() == body(message()).rstrip()
    (link,) = values(copy, "archived-at")
    assert below.decode().replace("\r\n", "\n").strip().split("\n") == [
        "Water",
        f"Answer everybody: water+t-{topic(copy)}@hub.example",
        f"On the web: {link.strip('<>')}",
        "To leave, write to: water-leave@hub.example",
    ]
    assert passing(copy, server) == {"hub.example"}


@pytest.mark.parametrize("policy", ["v=DMARC1; p=reject", "v=DMARC1; p=none"])
def test_a_foreign_signature_is_never_broken_for_it(
    hub: ListHub, server: DnsServer, policy: str
) -> None:
    server.records["_dmarc.union.example"] = [policy]
    settings(hub, footer=True)
    raw = signed(message(), LOOSE)
    for copy in copies(hub, raw):
        assert body(copy) == body(raw)
        assert passing(copy, server) == {"hub.example", "union.example"}


def test_a_copy_whose_signature_is_broken_already_may_have_one(hub: ListHub) -> None:
    settings(hub, footer=True, reply_to="list")
    (copy, _) = copies(hub, signed(message(), STRICT))
    assert values(copy, "from") == [MADE]
    assert b"water-leave@hub.example" in body(copy)


def test_announcements_do_not_ask_for_answers(hub: ListHub) -> None:
    settings(hub, footer=True, posting="announce")
    (copy, _) = copies(hub, message())
    assert b"Answer everybody" not in copy
    assert b"water-leave@hub.example" in body(copy)


# -- the header says it in any case ----------------------------------------------------------------


def test_the_header_says_who_the_list_is_how_to_answer_and_how_to_leave(hub: ListHub) -> None:
    (copy, _) = copies(hub, signed(message(), LOOSE))
    assert values(copy, "list-id") == ["Water <water.hub.example>"]
    assert values(copy, "list-post") == ["<mailto:water@hub.example>"]
    assert values(copy, "archived-at") == [
        f"<https://hub.example/conferences/water/t/{topic(copy)}/#{topic(copy)}>"
    ]
    (leave,) = values(copy, "list-unsubscribe")
    assert leave.startswith("<https://hub.example/unsubscribe/")
    assert values(copy, "list-unsubscribe-post") == ["List-Unsubscribe=One-Click"]
