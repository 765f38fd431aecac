"""Pictures that come with a form: made anew, named, put into the text where the writer was."""

from __future__ import annotations

from collections.abc import Collection

from solicomm_build.extraction import photo
from solicomm_build.features.sites.editing.editingform import MOST, Sent, Upload
from solicomm_build.features.sites.values import siteedit
from solicomm_build.foundation.i18n import format_size, gettext
from solicomm_build.post.editorial.markup import DECORATIVE

_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
}


def type_of(path: str) -> str:
    """The media type of a picture by its name; empty for other files."""
    return _TYPES.get(path.rpartition(".")[2], "")


def made(lang: str, sent: Sent) -> tuple[bytes | None, str]:
    """The picture as it is published, or why there is none. A picture has a description, or says
    that it only decorates (WCAG 2.2, 1.1.1)."""
    if sent.large:
        return None, gettext(lang, "That is too large: %(size)s at most.", size=most(lang))
    if sent.upload is None or not (_alt(sent) or sent.get("picture_none") == "1"):
        return None, choose(lang)
    octets = photo.remade(sent.upload.octets)
    if octets is None:
        wrong = gettext(lang, "This picture cannot be read. Save it as PNG, JPEG or WebP.")
        return None, wrong
    return octets, ""


def choose(lang: str) -> str:
    """What is said to who brought no picture, or one without words."""
    return gettext(
        lang,
        "Choose a picture, and describe it for people who cannot see it; or say that it only "
        "decorates.",
    )


def most(lang: str) -> str:
    """How large a picture may be, in words."""
    return format_size(lang, MOST)


def path(upload: Upload, taken: Collection[str]) -> str:
    """Where it lies: by the name of its file."""
    stem = upload.name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]
    return siteedit.free_media(siteedit.slug(stem, "picture"), taken)


def inserted(sent: Sent, file: str) -> tuple[str, bool]:
    """The text with the picture after the paragraph in which the writer was, else at its end; and
    whether that is the end."""
    alt, text = _alt(sent), sent.get("text").rstrip("\n")
    line = f"![{alt}]({file})" if alt else f'![]({file} "{DECORATIVE}")'
    at = int(sent.get("at")) if sent.get("at").isdecimal() and len(sent.get("at")) < 8 else 0
    end = text.find("\n\n", at) if at else -1
    if end < 0:
        return f"{text}\n\n{line}\n".lstrip("\n"), True
    return f"{text[:end]}\n\n{line}{text[end:]}\n", False


def _alt(sent: Sent) -> str:
    return " ".join(sent.get("picture_alt").split()).replace("[", "(").replace("]", ")")
