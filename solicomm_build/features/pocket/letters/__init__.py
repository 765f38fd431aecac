"""Letters that come back with a stick: found within bounds, put before their authors, once.

outbox/*.eml, *.zip ─found→ letters ─taken→ spool/in (carried: its author is asked) ─→ outbox/read/
                                    └─kept→ private/pocket/onward ─→ the home of its conference
"""
