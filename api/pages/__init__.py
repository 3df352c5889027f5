"""Pages and files for people: documentation, releases, Datasette, API explorer."""
