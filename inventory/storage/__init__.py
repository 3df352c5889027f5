"""The database: tables, SQLite and PostgreSQL, locks, migrations."""
