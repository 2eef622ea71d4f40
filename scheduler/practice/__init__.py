"""The practice networks: built-in imitations of the Bluesky and Mastodon HTTP APIs and a webhook receiver.

For trying the product offline and for tests. Written from the networks' documentation alone, independently of
the connectors, so that a misunderstanding in one shows in the other.
"""
