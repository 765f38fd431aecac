"""The text of a message: which characters it is in, which language, and how it becomes Markdown."""
