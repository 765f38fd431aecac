"""What SoliComm is measured against, one module a peer: how it is found, fed and timed.

Each has `absent()`, which names what is missing (empty when nothing is), and functions that do one
piece of work and return seconds or octets. Peers come from Debian's packages and from the package
index of Python; `scripts/bench-peers` installs them. They work in temporary folders with settings
of their own, and no service is started.
"""
