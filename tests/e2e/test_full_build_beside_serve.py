"""`solicomm build --full` may run beside `serve`: what comes after it is shown.

SMTP → serve → page; solicomm build --full, a second process; SMTP → serve → page
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from solicomm_build.features.founding import founding
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.served import Served, serving


def post(hub: Served, number: int, subject: str, parent: int = 0) -> None:
    fields = [f"In-Reply-To: <{parent}@union.example>"] if parent else []
    raw = smallhub.mail(
        f"Words of {number}.", *fields, msgid=f"<{number}@union.example>", subject=subject
    )
    hub.send(raw, f"bar@{hub.config.domain}")


def test_what_comes_after_a_full_build_beside_serve_is_shown(tmp_path: Path) -> None:
    config = founding.found_hub(tmp_path / "hub", name="H", domain=smallhub.DOMAIN, sample=False)
    smallhub.add_conference(config, Conference("bar", {"en": "Bar"}, posting="open"))
    with serving(config) as hub:
        hub.ready()
        post(hub, 1, "First")
        hub.page("/conferences/bar/", "First")
        for again in range(2):
            words = [sys.executable, "-m", "solicomm_build.cli.main", "build", "--full"]
            done = subprocess.run(
                [*words, "--hub", str(config.root)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            new = 10 + again
            post(hub, new, f"Topic after {again}")
            listed = hub.page("/conferences/bar/", f"Topic after {again}")
            at = listed.rindex('href="', 0, listed.index(f"Topic after {again}")) + 6
            link = listed[at : listed.index('"', at)]
            address = link if link.startswith("/") else f"/conferences/bar/{link}"
            hub.page(address.partition("#")[0], f"Words of {new}.")
            post(hub, 20 + again, "Re: First", parent=1)
            hub.page("/conferences/bar/", "First")
    assert '"failures": []' in (config.state / "build.json").read_text()
