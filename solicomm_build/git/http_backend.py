"""Starts `git http-backend` for one request; web/git.py streams through it.

The child is a CGI program (RFC 3875): the request in the environment and on stdin, the answer with
its header fields on stdout. It gets a clean environment and one repository. It may receive only
where the request carries a `Receiving`, which names the settings and the pusher
(git/receiving.py); then its memory and processor time are bounded, too. It leads a process group
of its own, because it starts upload-pack and pack-objects below it and all of them must go when the
client goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation.errors import StoreError
from solicomm_build.git import receiving
from solicomm_build.git.repo import environment

_NO_DUMB = "http.getanyfile=false"  # it would hand out loose files, config and all
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "protocol.ext.allow=never",
    "http.uploadpack=true",
    "http.receivepack=false",
    _NO_DUMB,
    "uploadpack.allowAnySHA1InWant=false",
    "uploadpack.allowReachableSHA1InWant=false",
    "transfer.hideRefs=refs/solicomm",  # cursors are the hub's own affair
    "pack.threads=1",
    "pack.windowMemory=64m",
)

_MAIN_ONLY = (
    "uploadpack.hideRefs=refs/",
    "uploadpack.hideRefs=!refs/heads/main",
    "uploadpack.hideRefs=!refs/peers",
)
"""Who is told no address of a draft shall not read it in git either."""


@dataclass(frozen=True)
class Receiving:
    """The right to receive: git's settings for it, and what the hooks are told of the pusher."""

    settings: tuple[str, ...]
    pusher: str


@dataclass(frozen=True)
class GitRequest:
    """One request of git's smart HTTP protocol (gitprotocol-http), already checked.

    `service` is `info/refs`, `git-upload-pack` or `git-receive-pack`; `content_length` is None when
    the body comes in chunks; `protocol` is the client's Git-Protocol field (`version=2`) or empty.
    Without `drafts` a reader sees main alone.
    """

    repo: Path
    service: str
    method: str
    query: str = ""
    content_type: str = ""
    content_length: int | None = None
    content_encoding: str = ""
    protocol: str = ""
    receiving: Receiving | None = None
    drafts: bool = False


@dataclass(frozen=True)
class Child:
    """A running http-backend: the request's body goes into `stdin`, the answer is on `stdout`."""

    process: asyncio.subprocess.Process
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader


async def start(request: GitRequest) -> Child:
    """Starts the child; whoever asked for it calls `stop` in the end, whatever happens."""
    arguments = [word for setting in _settings(request) for word in ("-c", setting)]
    command = ["git", *arguments, "http-backend"]
    process = await asyncio.create_subprocess_exec(
        *(receiving.limited(command) if request.receiving else command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(request),
        cwd="/",
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:  # cannot be: both were asked for
        raise StoreError("git http-backend has no pipes")
    return Child(process, process.stdin, process.stdout)


async def stop(child: Child) -> None:
    """Ends the child and everything below it, at once; safe to call twice and when it has ended."""
    if child.process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
    child.stdin.close()
    await child.process.wait()


def _settings(request: GitRequest) -> tuple[str, ...]:
    safe = f"safe.directory={request.repo}"
    if request.receiving is None:
        return (*_SETTINGS, *(() if request.drafts else _MAIN_ONLY), safe)
    rights = ("http.uploadpack=false", "http.receivepack=true", _NO_DUMB)
    return (*request.receiving.settings, *rights, safe)


def _environment(request: GitRequest) -> dict[str, str]:
    """The CGI variables (RFC 3875 4.1) on top of what every git process of ours gets."""
    cgi = {
        "GIT_PROJECT_ROOT": str(request.repo.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": f"/{request.repo.name}/{request.service}",
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.content_type,
        "HTTP_CONTENT_ENCODING": request.content_encoding,
        "GIT_PROTOCOL": request.protocol,
        "REMOTE_ADDR": "",  # who reads is not written anywhere
    }
    if request.content_length is not None:
        cgi["CONTENT_LENGTH"] = str(request.content_length)
    if request.receiving is not None:
        cgi[receiving.PUSHER] = request.receiving.pusher
    return environment() | {name: value for name, value in cgi.items() if value}
