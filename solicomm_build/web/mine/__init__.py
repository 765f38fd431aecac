"""My hub: what features show a member who is signed in, and what may be changed there."""
