"""Benchmarks, run by `make bench`: SoliComm and a peer in turn, in one run, on one machine.

    __main__.py   what is run, the table, the JSON below build/bench/
    corpus.py     the mail: real messages of ../shared/corpora, else the sample's, resampled
    hub.py        a hub of its own in a temporary folder, and `serve` on free ports
    process.py    time and memory of a process and of a session
    result.py     one line of the table; the machine
    slower.py     what got worse since the run that was kept (kept/)
    importing.py  building.py  visible.py  accepting.py  resting.py    the benchmarks
    postfix.py  blackhole.py  smtpload.py    peers and load for accepting.py

Figures are worth something side by side only: look at the ratios. pytest does not collect any of
this.
"""
