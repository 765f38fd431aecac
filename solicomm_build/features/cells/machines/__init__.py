"""A hub on several machines, for who looks after it: how they stand, how they begin, how one
leaves."""
