"""What is written about meetings, what comes back, and what the desk does about it."""
