"""Pictures that come with a text, and those of a draft whose names others have taken meanwhile.

A telephone calls every picture `image.jpg`. So what was free when a draft was begun may be the name
of somebody else's picture on the site by now: the draft's gets another, and its text says so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.editing.editingform import Sent
from solicomm_build.features.sites.siteedits import Edit, Look
from solicomm_build.features.sites.studio import pictures
from solicomm_build.features.sites.values import sitefiles
from solicomm_build.foundation.hub.config import Config


def beside(config: Config, union: str, edits: Sequence[Edit]) -> list[Edit]:
    """The edits with their new pictures under names that are free, where the site has others of
    these names; texts name them so. Asked again for what was saved, it gives the same. Blocking."""
    new = [one for one in edits if sitefiles.place(one.path) == "media" and one.base is None]
    if not new:
        return list(edits)
    look = siteedits.look(config, union)
    taken = {one.path for one in edits}
    names: dict[str, str] = {}
    for one in new:
        if one.data is not None and not _is_free(config, look, one.path, one.data):
            names[one.path] = _free(config, look, one.path, one.data, taken)
            taken.add(names[one.path])
    return [_named(one, names) for one in edits] if names else list(edits)


def brought(
    config: Config, lang: str, look: Look, sent: Sent, taken: Collection[str]
) -> tuple[Sent, list[Edit], str]:
    """The form of a text with the picture that came with it in the text, that picture, and why
    there is none. Sent again it lies where it lay; `taken` are names that a draft has. Blocking."""
    octets, wrong = pictures.made(lang, sent)
    if octets is None or sent.upload is None:
        return sent, [], wrong
    path = pictures.path(sent.upload, ())
    if path in taken or not _is_free(config, look, path, octets):
        path = _free(config, look, path, octets, taken)
    fields = {**sent.fields, "text": pictures.inserted(sent, path)[0]}
    return replace(sent, fields=fields), [Edit(path, octets)], ""


def _free(config: Config, look: Look, path: str, data: bytes, taken: Collection[str]) -> str:
    stem, _, kind = path.rpartition(".")
    number = 2
    while True:
        name = f"{stem}-{number}.{kind}"
        if name not in taken and _is_free(config, look, name, data):
            return name
        number += 1


def _is_free(config: Config, look: Look, path: str, data: bytes) -> bool:
    """Whether the site has nothing of this name, or this very picture."""
    oid = look.files.get(path)
    return oid is None or siteedits.read(config, look.union, [oid]) == [data]


def _named(edit: Edit, names: dict[str, str]) -> Edit:
    if edit.path in names:
        return replace(edit, path=names[edit.path])
    data = edit.data
    if data is not None and sitefiles.place(edit.path) != "media":
        for old, new in names.items():
            data = data.replace(old.encode(), new.encode())
    return replace(edit, data=data)
