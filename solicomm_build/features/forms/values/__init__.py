"""Forms as values: fields, answers, tables, in a page and in a mail. Pure."""
