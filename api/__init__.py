"""The service: HTTP API, pages, client and command line."""
