"""Media types: the forms in which records come and go."""

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
SUFFIXES = {
    NDJSON: ".ndjson",
    JSON: ".json",
    "application/zip": ".zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
"""What may be sent, and how a file of it is named."""
