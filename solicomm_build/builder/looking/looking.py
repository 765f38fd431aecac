"""The builder's state, looked at from outside: nothing is made or changed there."""

from __future__ import annotations

import sqlite3

from solicomm_build.builder.conferences import state
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation.errors import StoreError

_REMEDY = "Run `solicomm build --once` (or `solicomm serve`), then again"


class Looking(Sources):
    """As the builder's own sources, of the public tree. For one thread; close it."""

    _read_only: sqlite3.Connection | None = None

    @property
    def db(self) -> sqlite3.Connection:
        """The state, for reading. Raises StoreError where no pages were made yet, or by another
        version."""
        if self._read_only is None:
            self._read_only = self._opened()
        return self._read_only

    def _opened(self) -> sqlite3.Connection:
        file = self.tree.database.absolute()
        try:
            db = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)
        except sqlite3.Error as error:
            raise StoreError(f"no pages were made here yet. {_REMEDY}") from error
        try:
            row = db.execute("SELECT value FROM meta WHERE key='version'").fetchone()
        except sqlite3.Error as error:
            db.close()
            raise StoreError(f"{file} cannot be read ({error}). {_REMEDY}") from error
        if row is None or row[0] != state.VERSION:
            db.close()
            raise StoreError(f"the pages were made by another version. {_REMEDY}")
        return db

    def close(self) -> None:
        """Ends the readers, and closes the state."""
        super().close()
        if self._read_only is not None:
            self._read_only.close()
            self._read_only = None
