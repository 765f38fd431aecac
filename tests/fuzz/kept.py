"""Inputs that are tried each time: one file each, in `kept/<target>/`.

What once broke a reader stays here, and so do inputs that reach deep: Hypothesis finds its way from
them (`torn`). A new one is a file with a name that says what it is.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

FOLDER = Path(__file__).parent / "kept"


def inputs(target: str) -> list[bytes]:
    """The kept inputs of a target, by name."""
    return [path.read_bytes() for path in paths(target)]


def paths(target: str) -> list[Path]:
    """Their files; there is at least one."""
    found = sorted(path for path in (FOLDER / target).iterdir() if path.is_file())
    assert found, f"nothing is kept for {target}"
    return found


def torn(target: str) -> st.SearchStrategy[bytes]:
    """A kept input with octets changed, cut out, doubled, or replaced by those of another."""
    kept = inputs(target)
    return st.builds(
        _torn, st.sampled_from(kept), st.sampled_from(kept), st.lists(_CUTS, max_size=4)
    )


_CUTS = st.tuples(
    st.sampled_from(("cut", "change", "double", "join")),
    st.integers(0, 2**16),
    st.integers(0, 64),
    st.binary(max_size=6),
)


def _torn(one: bytes, other: bytes, cuts: list[tuple[str, int, int, bytes]]) -> bytes:
    for how, place, length, octets in cuts:
        at = place % (len(one) + 1)
        if how == "cut":
            one = one[:at] + one[at + length :]
        elif how == "change":
            one = one[:at] + octets + one[at + len(octets) :]
        elif how == "double":
            one = one[:at] + one[at : at + length] * 2 + one[at + length :]
        else:
            one = one[:at] + other[place % (len(other) + 1) :]
    return one
