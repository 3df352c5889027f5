"""Loads: from input files to a plan of changes, and its report."""
