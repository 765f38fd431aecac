"""Repositories that are kept on several machines: whatever moves a ref has git servers elsewhere
take it first, together with a fence that only one machine can move.

    set_ref → fence commit → push --atomic of ref and fence → enough said yes → own ref moves

A hub on one machine loads nothing of this.
"""
