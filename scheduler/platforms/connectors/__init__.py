"""The connectors: one module or package per platform, found by the registry; each exposes `PLATFORM`."""
