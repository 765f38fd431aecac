"""Reports of failed delivery, read: RFC 3464 and what servers send in its place."""
