"""What people do who write for a union or a library: by git, by mail and in the browser."""

from __future__ import annotations

import re

from tests.walk.step import HUB, Also, Do, Skip, Step, Walk, With

_HUB = "hub.example.org"
_ANA = "ana@home.example"
_CLONE = "~/mine/dockers"
_NEWS = f"{_CLONE}/news/2026/gate-four.md"
_ASK = "export GIT_ASKPASS=$HOME/ask GIT_TERMINAL_PROMPT=0\n"
_PICTURE = (
    '/srv/solicomm/app/.venv/bin/python -c "from PIL import Image;'
    " Image.new('RGB', (900, 600), (160, 40, 30)).save('{}')\""
)


def token(walk: Walk, repository: str, *more: str) -> None:
    """The operator makes a token, and the editor's git knows it."""
    words = " ".join(more)
    said = walk.must(
        f"sudo -u solicomm -H solicomm token new {_ANA} --repo {repository} {words} --hub {HUB}",
        "a token",
    )
    found = re.search(r"\b[a-z2-7]{20,}\b", said)
    walk.expect(found is not None, f"no token in {said!r}")
    ask = walk.machine.path("~/ask")
    ask.write_text(f"#!/bin/sh\necho {found[0] if found else ''}\n")
    ask.chmod(0o755)
    walk.must("mkdir -p ~/mine; cd ~/mine", "a folder")


def written(walk: Walk, block: str) -> None:
    """The picture and the file of the page."""
    walk.must(f"cd {_CLONE}; mkdir -p media news/2026; {_PICTURE.format('media/gate.jpg')}", "gate")
    walk.machine.path(_NEWS).write_text(block)


def live(walk: Walk) -> None:
    """The news is at the address that the page says."""
    page = f"https://{_HUB}/unions/dockers/news/gate-four/"
    walk.until(f"python3 ~/get.py {page} | grep -q 'firm let us through'", "the news", 90)
    walk.must(f"python3 ~/get.py https://{_HUB}/unions/dockers/history/ | head -1 | grep 200", "it")


def refused(walk: Walk) -> None:
    """Two faults in one push are named with line and remedy, and nothing is taken."""
    bad = f"sed -i 's/^title:/titel:/' {_NEWS}; sed -i 's/page:join/page:jion/' {_NEWS}"
    said = walk.machine.run(f"{_ASK}cd {_CLONE}; {bad}; git commit -qam Faulty; git push")
    walk.expect(said.code != 0, "a faulty push was taken")
    for words in ("gate-four.md", "`titel` is not a known key", "nothing was taken"):
        walk.expect(words in said.text, f"the refusal does not say {words!r}:\n{said.text}")
    walk.must(f"cd {_CLONE}; git checkout -q HEAD~1 -- . ; echo >> {_NEWS}; git add .", "mended")


def draft_is_shown(walk: Walk) -> None:
    """The address that the answer names shows the draft; then it is over."""
    said = walk.must("cat ~/said", "what git said")
    found = re.search(r"https://\S+/preview/\S+", said)
    walk.expect(found is not None, f"no secret address in:\n{said}")
    if found is not None:
        walk.until(f"python3 ~/get.py {found[0]} | head -1 | grep -q 200", "the draft", 90)


def by_mail(walk: Walk) -> None:
    """News by mail: a draft comes back, its answer publishes it, and a page comes to be edited."""
    site = f"site+dockers@{_HUB}"
    walk.world.send(_ANA, site, "news: We won", "summary: Eight per cent more.\n\nAfter **weeks**.")
    draft = walk.world.got(_ANA, "Eight per cent")
    reply = re.search(r"^Reply-To:[^<]*<([^>]+)>", draft, re.MULTILINE)
    walk.expect(reply is not None, f"nowhere to answer to:\n{draft}")
    if reply is not None:
        walk.world.send(_ANA, reply[1], "Re: news: We won", "")
    news = f"https://{_HUB}/unions/dockers/news/we-won/"
    walk.until(f"python3 ~/get.py {news} | grep -q 'Eight per cent'", "the news by mail", 90)
    walk.world.send(_ANA, site, "edit news:we-won", "")
    walk.world.got(_ANA, "=====")
    walk.world.send(_ANA, site, "list pages", "")


def in_the_browser(walk: Walk) -> None:
    """The door is there, and asks for a token or an address."""
    door = f"https://{_HUB}/edit/dockers/"
    walk.must(f"python3 ~/get.py {door} | grep -q '<form'", "the editor's door")


def library(walk: Walk) -> None:
    """A library, and what its editor needs."""
    new = f"new library agreements --title Agreements --hub {HUB}"
    walk.must(f"sudo -u solicomm -H solicomm {new}", "a library")
    token(walk, "libraries/agreements", "--as member")


def document(walk: Walk, block: str) -> None:
    """The card of the page, pushed; it has a page of its own afterwards."""
    walk.must(
        f"{_ASK}cd ~/mine; git clone -q https://{_HUB}/libraries/agreements.git\n"
        "cd agreements\n"
        "git config user.name Ana; git config user.email ana@users.hub.invalid\n"
        "mkdir -p entries/2026-7qk3xa2m",
        "its clone",
    )
    card = walk.machine.path("~/mine/agreements/entries/2026-7qk3xa2m/entry.md")
    card.write_text(block.rstrip("\n") + "\n---\n" if block.count("---") < 2 else block)
    walk.must(
        f"{_ASK}cd ~/mine/agreements; git add .; git commit -qm 'A card'; git push", "the card"
    )
    page = f"https://{_HUB}/libraries/agreements/"
    walk.until(f"python3 ~/get.py {page} | grep -q 'Mapping a workplace'", "the card's page", 90)
    walk.must("cd", "home")


STEPS: list[Step] = [
    Also("a token", lambda walk: token(walk, "unions/dockers", "--lang en")),
    Do("git clone https://hub.example/unions", {"hub.example/": f"{_HUB}/"}, before=_ASK),
    Skip("site.yaml   ", "a list of what is there"),
    With("---\ntitle: Gate four", written),
    Do("git add .", before=_ASK, sees=("In a moment it is here",)),
    Also("the news are there", live),
    Skip("remote: news", "what is said when it is refused, done by the next step"),
    Also("a push that is refused", refused),
    Do("git commit -a --amend", before=_ASK, sees=("In a moment it is here",)),
    Do("git push origin HEAD:strike", before=f"{_ASK}(", after=") 2>&1 | tee ~/said"),
    Also("only people who know this address see it", draft_is_shown),
    Do("git push origin HEAD:main", before=_ASK),
    Skip("To: site+metal@hub.example", "sent by the next step, without a picture"),
    Also("without git: by mail", by_mail),
    Also("without git: in the browser", in_the_browser),
    Also("a library", library),
    With("---\nschema: solicomm/entry", document),
]
