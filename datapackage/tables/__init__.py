"""Record types as tables, records as rows, and their Table Schemas."""
