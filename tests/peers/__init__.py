"""Connectors against independent peers: servers that were written by others, built in a folder of their own.

Commands, not part of the suite, as they fetch what they need from PyPI or npm: `python -m tests.peers.mastodon`,
`python -m tests.peers.bluesky` and `python -m tests.peers.bluesky_oauth`.
"""
