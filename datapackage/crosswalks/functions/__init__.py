"""Functions that a crosswalk may call for awkward cells, states and joins."""
