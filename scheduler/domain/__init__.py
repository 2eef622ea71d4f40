"""Pure rules: standard library only, no input or output, and no reading of the time."""
