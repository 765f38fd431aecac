"""Copies of conferences for other programs, as each conference.yaml asks for with `mirror`.

    log of a conference ─→ steps (what readers see come and go) ─→ inbox    public-inbox, for all
                                                                └→ maildir  IMAP, for members

Begin with run.py.
"""
