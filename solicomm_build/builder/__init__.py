"""From git to pages: what changed becomes files under public/. Read run.py first."""
