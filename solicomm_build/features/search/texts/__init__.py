"""Texts of posts and of documents, as they are indexed."""
