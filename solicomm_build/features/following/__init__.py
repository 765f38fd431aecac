"""Answers come to you: who follows which topic, the mails that this brings, and how they stop."""
