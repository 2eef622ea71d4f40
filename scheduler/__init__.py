"""Drumbeat: a marketing site, its articles, and the teasers that announce them."""
