"""Reports read from the ledger: the board of due quarters, and lists of scores."""
