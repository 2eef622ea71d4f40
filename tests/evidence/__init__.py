"""What outside tools say of the running product: not part of the suite, run by hand where the tools are."""
