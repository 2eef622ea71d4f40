"""Everything that speaks HTTP to people and programs: the public site, the admin, the API."""
