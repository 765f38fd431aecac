"""What hubs that follow a conference tell its home alone, such as what was voted there."""
