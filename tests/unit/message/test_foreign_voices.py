"""Voice notes as foreign programs send them, without a word: they are a post with a sound."""

from __future__ import annotations

import base64

import pytest

from solicomm_build.message.parse import parse
from solicomm_build.post import attachedfiles, post, sounds
from solicomm_build.post.admission import admitted
from solicomm_build.post.conference import AttachmentRules
from solicomm_build.testing import recordings

pytestmark = pytest.mark.skipif(not recordings.is_possible(), reason=recordings.MISSING)
RULES = AttachmentRules(2_000_000, types=("pdf", *sounds.EXTENSIONS))


def _ios(octets: bytes) -> bytes:
    """Mail on iOS, from Voice Memos: the subject is the recording's name."""
    return (
        (
            b"From: Ana <ana@union.example>\r\nTo: bar@hub.example\r\nSubject: New Recording 5\r\n"
            b"Message-Id: <1@union.example>\r\nX-Mailer: iPhone Mail\r\nMime-Version: 1.0 (1.0)\r\n"
            b"Content-Type: multipart/mixed; boundary=Apple-Mail-1\r\n\r\n"
            b"--Apple-Mail-1\r\nContent-Type: text/plain;\r\n\tcharset=us-ascii\r\n"
            b"Content-Transfer-Encoding: 7bit\r\n\r\n\r\n"
            b'--Apple-Mail-1\r\nContent-Type: audio/x-m4a;\r\n\tname="New Recording 5.m4a";\r\n'
            b"\tx-apple-part-url=2B1C\r\nContent-Disposition: attachment;\r\n"
            b'\tfilename="New Recording 5.m4a"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        )
        + base64.encodebytes(octets)
        + b"\r\n--Apple-Mail-1\r\n"
        + _SENT
    )


_SENT = (
    b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    b"\r\nSent from my iPhone\r\n--Apple-Mail-1--\r\n"
)


def _android(octets: bytes, kind: str, name: str) -> bytes:
    """A program on Android that shares a file: no subject, no text, the type of the telephone."""
    return (
        (
            "From: Bo <bo@union.example>\r\nTo: bar@hub.example\r\nMessage-ID: <2@x.example>\r\n"
            'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="----K9"\r\n'
            "User-Agent: K-9 Mail for Android\r\n\r\n"
            "------K9\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\r\n"
            f'------K9\r\nContent-Type: {kind};\r\n name="{name}"\r\n'
            "Content-Transfer-Encoding: base64\r\n"
            f'Content-Disposition: attachment;\r\n filename="{name}"\r\n\r\n'
        ).encode()
        + base64.encodebytes(octets)
        + b"\r\n------K9--\r\n"
    )


@pytest.mark.parametrize(
    ("made", "kind", "name", "title"),
    [
        ("m4a", "", "New Recording 5.m4a", "New Recording 5"),
        ("opus", "application/ogg", "PTT-20261127-WA0003.opus", "PTT-20261127-WA0003"),
        ("ogg", "audio/ogg", "Voice 001.ogg", "Voice 001"),
        ("mp3", "audio/mpeg", "Aufnahme.mp3", "Aufnahme"),
    ],
)
def test_a_voice_note_without_a_word_is_taken_and_has_a_title(
    made: str, kind: str, name: str, title: str
) -> None:
    octets = recordings.recording(made)
    message = parse(_android(octets, kind, name) if kind else _ios(octets))
    (sound,) = message.attachments
    assert (sound.name, len(sound.payload)) == (name, len(octets))
    assert sounds.is_sound(sound.name, sound.type)
    assert attachedfiles.is_what_it_says(sound)
    assert not attachedfiles.is_program(sound)
    assert admitted(sound, RULES)
    assert post.of_message(message, message_id=message.msgid or "").subject == title
