"""What a table says: which column is which, what its labels mean, what has to be asked."""
