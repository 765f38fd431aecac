"""Files that people chose on pages and did not send off yet."""
