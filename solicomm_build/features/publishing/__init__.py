"""Built pages put into S3, for the web servers of a hub on more than one machine to send."""
