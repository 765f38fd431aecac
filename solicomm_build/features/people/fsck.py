"""Are the cards of the directory of people sound."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.people import personcard
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.post.store.hooks import Checked, Fault


def _people(reader: Reader, where: str) -> Iterator[Fault]:
    for item in reader.tree(MAIN, recursive=True):
        if item.path.startswith("people/"):
            try:
                personcard.decode(reader.blob(item.oid), item.path)
            except SoliCommError as error:
                yield Fault(f"{where}/{item.path}", error.public, "Mend the card, or withdraw it")


REPOSITORIES = (Checked("mail", lambda config: (config.people_repo,), _people),)
