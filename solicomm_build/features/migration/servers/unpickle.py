"""Pickles of other people, read as data: builtin values only, nothing in them is ever called.

A pickle is a program: it may name any function and have it called. Here it may name nothing but
what the table `_STUBS` says. Mailman's own classes become `Opaque`, which keeps what it is given
and does nothing; every other name refuses the whole pickle. The reader written in Python is taken,
not the one in C: that one reserves memory for whatever index a pickle of ten octets claims.
Strings of Python 2 are octets: UTF-8 where they are, else Latin-1.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from solicomm_build.foundation.errors import ContentError

LONGEST = 512 * 1024 * 1024
"""Octets of a pickle; a list of a million members has about a third of that."""

_MODULES = ("Mailman.", "email.", "mimelib.")


class Opaque:
    """An object of a class that we do not have: its state, as data. Nothing of the class runs."""

    state: Any = None
    args: tuple[Any, ...] = ()

    def __new__(cls, *args: Any, **_kwargs: Any) -> Opaque:
        made = super().__new__(cls)
        made.args = args
        return made

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        """Takes anything, does nothing."""

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def get(self, name: str) -> Any:
        """An attribute it had there, or None."""
        return self.state.get(name) if isinstance(self.state, dict) else None


class _Listed(list[Any]):
    """What SQLAlchemy's MutableList was: a list."""

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, list):
            self[:] = state


_STUBS: dict[tuple[str, str], type] = {
    ("sqlalchemy.ext.mutable", "MutableList"): _Listed,
    ("__builtin__", "set"): set,
    ("builtins", "set"): set,
    ("__builtin__", "frozenset"): frozenset,
    ("builtins", "frozenset"): frozenset,
    ("__builtin__", "object"): Opaque,
    ("copy_reg", "_reconstructor"): Opaque,
}


class _Refused(pickle.UnpicklingError):
    """A name that a pickle must not use here."""


class _Reader(pickle._Unpickler):
    """Reads one pickle; see the module."""

    def find_class(self, module: str, name: str) -> type:
        stub = _STUBS.get((module, name))
        if stub is not None:
            return stub
        if module.startswith(_MODULES) and name.isidentifier():
            return Opaque
        raise _Refused(f"it wants {module}.{name}")

    def persistent_load(self, _pid: Any) -> Any:
        raise _Refused("it refers to objects outside of it")

    def _decode_string(self, value: bytes) -> str:
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("latin-1")


class _Exact(_Reader):
    """Strings of Python 2 whose octets count."""

    def _decode_string(self, value: bytes) -> str:
        return value.decode("utf-8", "surrogateescape")


def load(blob: bytes, *, file: str, exact: bool = False) -> Any:
    """The values in a pickle. Raises ContentError for one that is cut off, damaged, or wants more
    than plain values; then nothing of it was carried out. With `exact` each octet of a string of
    Python 2 that is no UTF-8 is a lone surrogate, by which it can be had again."""
    if len(blob) > LONGEST:
        raise ContentError(f"the file is larger than {LONGEST >> 20} MiB", file=file)
    try:
        return (_Exact if exact else _Reader)(io.BytesIO(blob)).load()
    except _Refused as error:
        fault = f"this pickle is not plain data: {error}. Nothing in it was carried out"
        remedy = "Take the file from the list server itself, not from anybody who sent it"
        raise ContentError(fault, file=file, remedy=remedy) from error
    except EOFError as error:
        raise ContentError("the pickle is cut off", file=file, remedy=_AGAIN) from error
    except RecursionError as error:
        raise ContentError("the pickle is nested too deep", file=file, remedy=_AGAIN) from error
    except Exception as error:  # a damaged pickle fails in any way it likes
        fault = f"the pickle is damaged ({type(error).__name__})"
        raise ContentError(fault, file=file, remedy=_AGAIN) from error


_AGAIN = "Copy it from the server again, while nothing writes it"
