"""What a new version of the program would change in a hub, and doing it before it starts."""
