"""A full build by several machines: who plans and notes, who reads and makes, and how they meet."""
