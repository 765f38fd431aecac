"""How a conference is: who waits for an answer, and how long."""
