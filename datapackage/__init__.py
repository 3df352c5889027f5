"""The files: projection of records to tables, readers and writers, crosswalks and releases."""
