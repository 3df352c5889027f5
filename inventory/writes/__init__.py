"""Writes: the one way into the ledger, with permissions, the quality gate and publication."""
