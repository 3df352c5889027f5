"""Committed contracts: JSON Schemas, Table Schemas and the reference pages."""
