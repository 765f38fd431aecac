"""What is not handed over any more though it waits: posts that were taken back, and copies for who
reads the list no more."""
