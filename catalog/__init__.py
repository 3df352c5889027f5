"""The listing: search over what is public, and Datasette over the current release."""
