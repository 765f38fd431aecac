"""Union mail: mailboxes, forwards, and what Postfix and Dovecot need to know."""
