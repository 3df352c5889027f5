"""Requests that write: documents, actions, imports, checks."""
