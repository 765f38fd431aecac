"""Files without what they know of their sender: place, device, serial number, names, history.

    child.clean(octets, name) ─→ a process with little memory and time ─→ Cleaned

What is shown or offered is always such a copy; the octets as they came stay in private/mail.git.
`kinds` says by its first octets what a file is, one module a family takes out what it must not
say, and `worker` is the child. The same octets give the same copy: no clock, no name counts.
docs/adr/0030 says why copies are made after the post, and under which name they lie.
"""
