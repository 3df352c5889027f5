"""Validation: from raw input to a record and every problem found in it."""
