"""The append-only ledger: entries, their chain of digests, reading and verifying it."""
