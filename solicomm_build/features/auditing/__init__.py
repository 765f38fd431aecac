"""`solicomm audit`: what operators and moderators did."""
