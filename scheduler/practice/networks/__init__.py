"""The imitated networks: one package each, found by `practice/catalogue.py`; each exposes `NETWORK`."""
