"""The contents of a data package: tables, descriptor, checksums."""
