"""Which address of pipermail showed which message."""

from __future__ import annotations

import hashlib
from pathlib import Path

from solicomm_build.features.migration.servers import oldarchive
from solicomm_build.foundation.types import post_id

BOX = b"""\
From a at x Tue Mar 10 10:00:00 2020
Message-ID: <one@x.example>
Date: Tue, 10 Mar 2020 10:00:00 +0100
Content-Type: multipart/mixed; boundary=b

--b--

From b at x Tue Mar 31 23:30:00 2020
Message-ID: <two@x.example>
Date: Tue, 31 Mar 2020 23:30:00 +0000

x

From c at x Wed Apr 15 23:30:00 2020
Subject: no id

x

From d at x Wed Apr 15 23:30:00 2020
message-id:
 <four@x.example>
Date: nonsense

x

"""


def test_numbers_follow_the_mbox(tmp_path: Path) -> None:
    box = tmp_path / "water.mbox"
    box.write_bytes(BOX)
    links = oldarchive.pipermail("water", [box])
    one, two = post_id("one@x.example"), post_id("two@x.example")
    assert links.target("/pipermail/water/2020-March/000000.html") == one
    assert links.target("/pipermail/water/2020-March/000001.html") == two
    assert links.target("/pipermail/water/2020-April/000001.html") == two, "by the server's clock"
    assert links.target("/pipermail/water/2020-March/000002.html") is None
    assert links.target("/pipermail/water/2020-March/thread.html") == "2020/03/"
    assert links.target("/pipermail/water/") == ""
    digest = hashlib.sha1(b"<one@x.example>").hexdigest()
    folder = f"/pipermail/water/attachments/20200310/{digest[:4]}{digest[-4:]}"
    assert links.target(f"{folder}/attachment.pdf") == one


def test_the_html_knows_better_than_the_order(tmp_path: Path) -> None:
    box = tmp_path / "water.mbox"
    box.write_bytes(BOX)
    pages = tmp_path / "html" / "2020-March"
    pages.mkdir(parents=True)
    (pages / "000000.html").write_text(
        '<A HREF="mailto:water%40x?Subject=Re%3A%20x&In-Reply-To=%3Cother%40x.example%3E" T="x">'
    )
    (pages / "000007.html").write_text('<a href="?a=x&amp;In-Reply-To=%3Cseven@x.example%3E">')
    links = oldarchive.pipermail("water", [box], tmp_path / "html")
    assert links.target("/pipermail/water/2020-March/000000.html") == post_id("other@x.example")
    assert links.target("/pipermail/water/2020-March/000007.html") == post_id("seven@x.example")
