"""The gate: what people push is looked at before it is taken.

git receive-pack runs `gate/hook.py` twice: before anything is taken, while what was pushed lies in
quarantine (`gate/judge.py` says yes, or lists every fault in the pusher's language), and after, to
say where it can be seen and to wake the builder. Whoever comes by ssh passes `gate/ssh.py` first;
over HTTP it is web/doorkeeper.py. May import store and below.
"""
