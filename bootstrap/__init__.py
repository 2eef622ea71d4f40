"""What run.py does before the product can start. Standard library only: nothing is installed yet."""
