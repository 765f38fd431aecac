"""Agreements side by side: their clauses by subject, proposed by program, put right by curators."""
