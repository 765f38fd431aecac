"""From git to pages: what changed in the log becomes files under public/. Read run.py first."""
