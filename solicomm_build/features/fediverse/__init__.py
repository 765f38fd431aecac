"""Public conferences as groups that people on other servers follow by ActivityPub; off by default.

What is posted goes out to who follows. Nothing of elsewhere is shown here; with `replies: held` an
answer from there becomes a mail that moderators decide about. The format is
docs/formats/fediverse.md; why it is so, docs/adr/0040-conferences-as-groups.md.
"""
