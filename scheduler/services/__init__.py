"""The use cases; the only place that brings the other rooms together."""
