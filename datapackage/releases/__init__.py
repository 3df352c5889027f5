"""Releases: making, storing and verifying them."""
