"""Bytes: recognising, decoding and deriving photos and videos, and the stores that keep them. No SQL, no Flask.

Decoding happens in a process of its own (`decode`), because uploads are hostile until proven otherwise.
"""
