"""SoliComm: mail and pushes in, git in the middle, static pages and mail out.

    mail ─SMTP/LMTP→ bridge ─fsync→ spool ─→ ingest ─┐                      ┌→ pipeline → public/
    git push ─HTTP→  gate (validate) ────────────────┼→ store (bare repos) ─┤
    import (mbox, Maildir) ──────────────────────────┘   log + cursors      └→ courier  → relay

Stages never import each other; they meet on disk. See docs/flow.md for the way through them, and
docs/howto/developer.md#layers for which may import which.
"""

__version__ = "0.2.0"
