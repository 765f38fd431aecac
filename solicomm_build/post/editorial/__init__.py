"""What editors write for pages: texts with front matter, their Markdown, their dates."""
