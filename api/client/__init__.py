"""A client of the API, with retries and resumed downloads."""
