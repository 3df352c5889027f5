"""The history of the database tables: one module a revision, run in order."""
