"""What visitors see: the pages of the public site, and what search engines, feed readers and networks read of it."""
