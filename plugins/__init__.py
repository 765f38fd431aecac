"""SoliComm as Pelican plugins: generators for what the pipeline planned, and a writer of their own.

Pelican loads `registration.py` by name and calls its `register`. See docs/howto/theme.md for what a
theme finds in each template.
"""
