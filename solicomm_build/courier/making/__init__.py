"""What is on top of each copy of a letter, and the processes that make it."""
