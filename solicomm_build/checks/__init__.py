"""`solicomm check`: would this hub work as an operator means it to? Reads, and makes the DKIM key.

One file a subject; each check is a small function that `registry.py` lists under its id. Nothing
but servers on this machine, and the DNS that hub.yaml names, is ever contacted.
"""
