"""All SQL, one module per family of tables. Functions take an open transaction and say what they do by name."""
