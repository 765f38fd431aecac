"""What people do to a hub, each kind in a thread of its own, at its own rate."""

from __future__ import annotations

import http.client
import os
import random
import smtplib
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from solicomm_build.testing.served import Served
from tests.load import hub

HOURS = 4.0
"""The day's part that the whole run stands for."""
IN_ALL = {"mail": 2400, "commands": 240, "clicks": 120, "pushes": 48, "reads": 14_400}
"""How often each happens in that time."""
WHOLE = 600.0
"""Seconds of a whole run; a shorter one is a part of it at the same rate."""
_PAGES = (
    "/",
    "/conferences/organising/",
    "/search/",
    "/latest.json",
    "/unions/metal/",
    "/robots.txt",
    "/conferences/organising/feed.xml",
    "/about/",
    "/libraries/agreements/",
    "/unions/hogar/",
)


class Traffic:
    """All that happens; `done` counts it, `errors` says what was answered as it should not be."""

    def __init__(self, served: Served, seconds: float, folder: Path) -> None:
        self._served, self._seconds, self._folder = served, seconds, folder
        self.done: Counter[str] = Counter()
        self.errors: list[str] = []
        self.slowest: dict[str, float] = {}
        self._lock = threading.Lock()
        self._end = 0.0
        self._local = threading.local()
        self._token = hub.editor_token(served.config)
        self._clone = folder / "clone"

    def run(self, sample: Callable[[], None]) -> None:
        """Everything, for the time given; `sample` is called every second."""
        self._prepare()
        self._end = time.monotonic() + self._seconds
        acts = {
            "mail": self._mail,
            "commands": self._command,
            "clicks": self._click,
            "pushes": self._push,
            "reads": self._read,
        }
        threads = [threading.Thread(target=self._often, args=(k, act)) for k, act in acts.items()]
        for thread in threads:
            thread.start()
        while time.monotonic() < self._end:
            time.sleep(1.0)
            sample()
        for thread in threads:
            thread.join(120)

    def _often(self, kind: str, act: Callable[[int], str]) -> None:
        """One kind of act, evenly; what is late is made up for."""
        pause = WHOLE / IN_ALL[kind]
        due, number = time.monotonic() + pause * random.Random(kind).random(), 0
        while due < self._end:
            time.sleep(max(0.0, due - time.monotonic()))
            begun = time.monotonic()
            try:
                fault = act(number)
            except Exception as error:
                fault = f"{type(error).__name__}: {error}"
                self._local.__dict__.clear()
            self._note(kind, time.monotonic() - begun, fault)
            number, due = number + 1, due + pause

    def _note(self, kind: str, took: float, fault: str) -> None:
        with self._lock:
            self.done[kind] += not fault
            self.slowest[kind] = max(self.slowest.get(kind, 0.0), took)
            if fault:
                self.errors.append(f"{kind}: {fault}")

    def _prepare(self) -> None:
        host, port = self._served.http
        url = f"http://x:{self._token}@{host}:{port}/unions/{hub.UNION}.git"
        self._git("clone", "--quiet", url, str(self._clone), cwd=self._folder)

    def _smtp(self) -> smtplib.SMTP:
        client = getattr(self._local, "smtp", None)
        if client is None:
            client = self._local.smtp = self._served.client()
        return client

    def _http(self) -> http.client.HTTPConnection:
        client = getattr(self._local, "http", None)
        if client is None:
            client = self._local.http = http.client.HTTPConnection(*self._served.http, timeout=30)
        return client

    def _mail(self, number: int) -> str:
        """A post; every tenth to the list, the others to a conference, in topics of eight."""
        to = hub.LIST if number % 10 == 0 else hub.CONFERENCE
        before = number - 10 if number >= 10 and number % 80 >= 10 else None
        answers = f"References: <{before}@load.example>\r\n" if before is not None else ""
        raw = (
            f"From: Member {number % 50} <w{number % 50}@work.example>\r\nTo: {to}@{hub.DOMAIN}\r\n"
            f"Subject: {'Re: ' if answers else ''}Shift {number // 80} of {number % 10}\r\n"
            f"Date: Tue, 24 Nov 2026 11:00:00 +0000\r\nMessage-ID: <{number}@load.example>\r\n"
            f"{answers}\r\n" + f"Words number {number}. " * random.Random(number).randint(1, 60)
        )
        self._smtp().sendmail("w@work.example", [f"{to}@{hub.DOMAIN}"], raw + "\r\n")
        return ""

    def _command(self, number: int) -> str:
        """A member asks for help, each once, with our mail server's word for it."""
        who = hub.address(hub.CREW + 1 + IN_ALL["clicks"] + number)
        raw = (
            f"Authentication-Results: {hub.AUTHSERV}; dmarc=pass header.from=union.example\r\n"
            f"From: <{who}>\r\nTo: {hub.NEWS}-request@{hub.DOMAIN}\r\nSubject: help\r\n"
            f"Message-ID: <c{number}@union.example>\r\n\r\nhelp\r\n"
        )
        self._smtp().sendmail(who, [f"{hub.NEWS}-request@{hub.DOMAIN}"], raw)
        return ""

    def _click(self, number: int) -> str:
        """A member leaves with one click."""
        path = hub.leave_path(self._served.config, hub.CREW + 1 + number)
        fields = {"Content-Type": "application/x-www-form-urlencoded"}
        self._http().request("POST", path, b"List-Unsubscribe=One-Click", fields)
        answer = self._http().getresponse()
        answer.read()
        return "" if answer.status == 200 else f"{answer.status} for one click"

    def _push(self, number: int) -> str:
        """An editor writes news and pushes them."""
        name = f"news/2026/load-{number}.en.md"
        day = f"2026-11-{number % 28 + 1:02}"
        text = f"---\ntitle: Load {number}\ndate: {day}\nsummary: Words\n---\n\nWords.\n"
        path = self._clone / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        self._git("add", name)
        self._git("commit", "--quiet", "-m", f"News {number}")
        self._git("push", "--quiet", "origin", "HEAD:main")
        return ""

    def _read(self, number: int) -> str:
        """A page, one of ten, as a browser asks for it."""
        path = _PAGES[number % len(_PAGES)]
        self._http().request("GET", path, headers={"Accept-Encoding": "gzip, br"})
        answer = self._http().getresponse()
        answer.read()
        return "" if answer.status in (200, 404) else f"{answer.status} for {path}"

    def _git(self, *words: str, cwd: Path | None = None) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": "Ana",
            "GIT_AUTHOR_EMAIL": "ana@users.hub.invalid",
            "GIT_COMMITTER_NAME": "Ana",
            "GIT_COMMITTER_EMAIL": "ana@users.hub.invalid",
        }
        done = subprocess.run(
            ["git", *words],
            cwd=cwd or self._clone,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip()[-300:])
