"""From a due delivery to a published post, and settling what is unknown."""
