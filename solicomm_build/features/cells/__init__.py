"""Cells for operators: what there are, what is in each and what waits; moving and doubling."""
