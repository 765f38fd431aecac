"""The whole hub as files for everybody to fetch, made once a week where hub.yaml says `take`.

chore of the desk (watching.py) ─starts→ child (child.py) ─writes→ public/take/ (offered.py)
                                                          └→ state/pocket/offered.json (record.py)
"""
