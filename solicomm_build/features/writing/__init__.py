"""Writing on the page: what is typed into a topic or a conference becomes mail in spool/in.

Not to be taken for `features/topics/writing.py`, which writes what moderators say.
"""
