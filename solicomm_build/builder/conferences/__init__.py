"""The pages of conferences: topics, months, news, and the index they are made from."""
