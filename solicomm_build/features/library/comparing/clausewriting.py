"""An agreement's clauses are written beside its card: as somebody saw them, in one commit."""

from __future__ import annotations

from datetime import datetime

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardchange import CardChangedError
from solicomm_build.features.library.comparing import clausesfile
from solicomm_build.features.library.comparing.clausesfile import Clauses
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, Writer


def write(repo: Repo, key: str, was: str, clauses: Clauses, *, when: datetime, by: str) -> bool:
    """Writes `clauses.yaml` of a card; False when it says that already. `was` is the blob of the
    file as it was seen, "" when there was none. Durable on return. Blocking.

    Raises CardChangedError when it is another one meanwhile, or the card is gone.
    """
    path, new = clausesfile.path(key), clausesfile.encode(clauses)
    with Writer(repo) as writer, Reader(repo) as reader:
        tip = writer.begin()  # nobody else writes until the checkpoint
        blob = reader.oid_at(tip, path) if tip else None
        card = reader.oid_at(tip, entries.path(key)) if tip else None
        if card is None or (blob or "") != was:
            raise CardChangedError(f"{path}: somebody else changed these clauses meanwhile")
        clausesfile.decode(new, path)  # what we write, we can read
        if blob is not None and reader.blob(blob) == new:
            return False
        text = compose(f"Put clauses of {key} right", Source="web", By=by)
        writer.commit([Change(path, new)], author_name="SoliComm", when=when, message=text)
        writer.checkpoint()
    return True
