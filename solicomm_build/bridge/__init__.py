"""Mail in: SMTP and LMTP listeners that keep what they take in spool/in. Only here is aiosmtpd.

connection and server speak the protocol, handler decides, groupcommit makes it durable.
"""
