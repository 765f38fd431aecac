"""Who is a member of what and who may do what: roster, roles, tokens, addresses."""
