"""Forms brought into a conference and taken out of use: what `solicomm form` does.

The forms that come along lie in `content/forms/`, one file each. Taking a form out of use changes
conference.yaml alone: the file stays, since reports answer it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formfile
from solicomm_build.features.forms.values.form import Form
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG, Oid
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_on_tip
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import settingsfile


def shipped() -> dict[str, Path]:
    """The forms that come along: of each the newest version, by id."""
    files = {path.stem: path for path in (data.folder("content") / "forms").glob("*.yaml")}
    return {name: files[ref] for name, ref in forms.in_force(tuple(files)).items()}


def read(what: str) -> tuple[Form, bytes]:
    """A form by the id of one that comes along, or by its file. Raises UsageError or
    ContentErrors."""
    path = shipped().get(what) or Path(what)
    if not path.is_file():
        known = ", ".join(sorted(shipped()))
        raise UsageError(f"There is no form {what}. Write a file, or one of: {known}")
    blob = path.read_bytes()
    named = f"forms/{path.name}" if forms.parse_path(f"forms/{path.name}") else path.name
    return formfile.decode(blob, named), blob


def add(config: Config, conference: str, what: str) -> tuple[Form, bool]:
    """Puts a form into a conference, and in force; whether anything changed. Durable on return."""
    form, blob = read(what)
    repo = _repo(config, conference)

    def made(tip: Oid | None) -> list[Change]:
        there, text = _at(repo, tip, forms.path(form.ref)), _text(repo, tip)
        if there is not None and there != blob:
            raise UsageError(
                f"{conference} has another form {form.ref}. A form is never changed, since reports "
                f"answer it: write `version: {form.version + 1}` into yours"
            )
        known = settings.decode(text, settings.FILE)
        others = tuple(ref for ref in known.forms if ref.partition("@")[0] != form.id)
        changes = [] if there else [Change(forms.path(form.ref), blob)]
        if form.ref not in known.forms:
            changes.append(_settings(text, known, (*others, form.ref)))
        return changes

    message = compose(f"Use the form {form.ref}", Source="cli")
    return form, write_on_tip(repo, made, message=message, when=clock.now())


def withdraw(config: Config, conference: str, name: str) -> bool:
    """Takes a form out of use; whether it was in use. Durable on return."""
    repo = _repo(config, conference)

    def made(tip: Oid | None) -> list[Change]:
        text = _text(repo, tip)
        known = settings.decode(text, settings.FILE)
        left = tuple(ref for ref in known.forms if name not in (ref, ref.partition("@")[0]))
        return [] if left == known.forms else [_settings(text, known, left)]

    message = compose(f"Do not use the form {name} any more", Source="cli")
    return write_on_tip(repo, made, message=message, when=clock.now())


def _at(repo: Repo, tip: Oid | None, path: str) -> bytes | None:
    with Reader(repo) as reader:
        return reader.at(tip or MAIN, path)


def _text(repo: Repo, tip: Oid | None) -> str:
    return (_at(repo, tip, settings.FILE) or b"").decode("utf-8")


def _settings(text: str, known: Conference, refs: tuple[str, ...]) -> Change:
    blob = settingsfile.rewritten(text.encode(), replace(known, forms=refs))
    return Change(settings.FILE, blob)


def _repo(config: Config, conference: str) -> Repo:
    path = config.conference_repo(conference)
    if not SLUG.fullmatch(conference) or not path.exists():
        raise UsageError(f"There is no conference {conference}")
    return open_repo(path)
