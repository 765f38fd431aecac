"""`solicomm setup`: a bare Debian or Ubuntu becomes a public hub, step by step.

A step (`step.py`) is a value: whether it is done, how it is done, how it is undone, and what proves
it. `plan.py` makes the steps from the answers of a person; `command.py` shows or walks them. What a
step changes on the machine goes through `machine.py`, which keeps what was there before.
"""
