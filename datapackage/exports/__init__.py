"""Exports, templates to fill in, workbooks with their problems marked, backups."""
