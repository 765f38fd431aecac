"""The machines that a hub shall be on, as an operator names them, and hub.yaml that says so."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import ContentError, HubError, UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.foundation.yamlsafe import Node, load, replaced

KEY = "cluster"
SHARED = ("lease", "git", "divided", "prefers")
"""What below it makes a hub one on several machines; the rest is of use to one alone as well."""
_OTHERWISE = (
    f"{FILE} is written in a way that this command cannot change. Write `cluster:` at the "
    "beginning of a line, in block style, or change it by hand as docs/howto/cluster.md says"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """All machines by name, this one first, with the host at which others reach each; where etcd
    answers; the user and folder of followers and the port of their sshd; a store of objects with
    the beginning of the names of its buckets; and whether each cell gets an owner of its own."""

    hosts: Mapping[str, str]
    etcd: tuple[str, ...]
    user: str
    folder: str
    port: int = 22
    store: str = ""
    buckets: str = ""
    divided: bool = False

    @property
    def node(self) -> str:
        """This machine."""
        return next(iter(self.hosts))

    def address(self, name: str) -> str:
        """Where followers are on a machine."""
        port = "" if self.port == 22 else f":{self.port}"
        return f"ssh://{self.user}@{self.hosts[name]}{port}{self.folder}"


def hosts(words: Sequence[str]) -> dict[str, str]:
    """The machines of a command line, `n2` or `n2=host`. Raises UsageError."""
    found: dict[str, str] = {}
    for word in words:
        name, _, host = word.partition("=")
        if name in found:
            raise UsageError(f"{name} is named twice: each machine has a name of its own")
        found[name] = host or name
    if len(found) < 2:
        raise UsageError("Name all machines, this one first, such as `n1 n2 n3=192.0.2.3`")
    return found


def wanted(config: Config, plan: Plan) -> str:
    """The text of hub.yaml with this plan in it. Raises HubError, ConfigError."""
    text = _text(config.root)
    said = _said(text)
    said = {key: value for key, value in said.items() if key not in SHARED}
    lease: dict[str, Node] = {"etcd": [*plan.etcd]}
    followers: dict[str, Node] = {name: plan.address(name) for name in plan.hosts}
    git: dict[str, Node] = {"followers": followers, "own": plan.folder}
    said |= {"node": plan.node, "lease": lease, "git": git}
    if plan.divided:
        said["divided"] = "true"
    if plan.store:
        names = ("spool", "pages", "members", "files")
        store: dict[str, Node] = {one: f"{plan.buckets}-{one}" for one in names}
        said["s3"] = {"endpoint": plan.store, **store}
    return checked(config, _with(text, said))


def named(text: str, node: str) -> str:
    """The text of hub.yaml for another machine."""
    said: dict[str, Node] = {**_said(text), "node": node}
    said.pop("prefers", None)
    return _with(text, said)


def alone(config: Config) -> str:
    """The text of hub.yaml of a hub that is on one machine again."""
    text = _text(config.root)
    said = {key: value for key, value in _said(text).items() if key not in SHARED}
    return checked(config, _with(text, said if said.keys() - {"node"} else {}))


def checked(config: Config, text: str) -> str:
    """The text, once it says what hub.yaml says and differs in `cluster` alone. Raises HubError,
    ConfigError."""
    before = hubyaml.parse(_text(config.root), config.root)
    after = hubyaml.parse(text, config.root)
    if replace(after, cluster=before.cluster) != before:
        raise HubError(_OTHERWISE)
    return text


def keep(root: Path, text: str) -> None:
    """Writes it, durable on return, as whoever it belonged to."""
    path = root / FILE
    facts = path.stat()
    owner = (facts.st_uid, facts.st_gid) if os.geteuid() == 0 else None
    safeio.write_atomic(path, text.encode(), mode=facts.st_mode & 0o777, owner=owner)


def _with(text: str, said: dict[str, Node]) -> str:
    try:
        return replaced(text, KEY, {KEY: said} if said else {})
    except ContentError as error:
        raise HubError(_OTHERWISE) from error


def _said(text: str) -> dict[str, Node]:
    top = load(text, file=FILE)
    said = top.get(KEY) if isinstance(top, dict) else None
    return dict(said) if isinstance(said, dict) else {}


def _text(root: Path) -> str:
    try:
        return (root / FILE).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise HubError(f"{FILE} cannot be read: {error}") from error
