"""File formats: CSV, JSON, Parquet, SQLite and zip, each read or written within bounds."""
