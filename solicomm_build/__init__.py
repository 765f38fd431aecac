"""SoliComm: mail and pushes in, git in the middle, static pages and mail out.

    mail ─SMTP/LMTP→ bridge ─fsync→ spool ─→ ingest ─┐                      ┌→ pipeline → public/
    git push ─HTTP→  gate (validate) ────────────────┼→ store (bare repos) ─┤
    import (mbox, Maildir) ──────────────────────────┘   log + cursors      └→ courier  → relay

Stages never import each other; they meet on disk. Imports run down this list only:
cli and testing; bridge, gate, desk, pipeline, courier, web; store; model; message;
config, spool, maillog, manifest, i18n, yamlsafe, safeio, clock, types, errors.
"""

__version__ = "0.1.0"
