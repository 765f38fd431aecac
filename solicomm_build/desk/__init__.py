"""Answers to what people ask by mail."""
