"""The catalog: search over public records, Datasette over the current release, and DCAT-US."""
