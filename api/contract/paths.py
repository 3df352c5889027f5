"""Where things are, for all who lead there."""

API = "/api/v1"
