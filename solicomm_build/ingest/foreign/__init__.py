"""Readers of what other list servers leave behind; each makes a `model.foreign.ForeignList`.

Nothing in here writes, and nothing that is read is ever executed. Errors name file, fault and
remedy, and refuse the whole list.
"""
