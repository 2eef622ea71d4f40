"""Benchmarks, run by `python3 run.py bench`. They print tables; nothing here passes or fails by a clock."""
