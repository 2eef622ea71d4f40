"""From a due delivery to a published post: claim, gate, prepare, mark, publish, finish; and settling what is unknown."""
