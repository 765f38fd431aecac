"""Who vouches for a message: DKIM, SPF, DMARC, ARC, and what the server in front says of them."""
