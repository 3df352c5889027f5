"""Media types: the forms in which records come and go."""

JSON, NDJSON, CSV, HTML = "application/json", "application/x-ndjson", "text/csv", "text/html"
PROBLEM, SCHEMA = "application/problem+json", "application/schema+json"
EXCEL = f"{CSV}; for=excel"
"""A form of ours: CSV of which Excel takes nothing for a formula."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SUFFIXES = {
    NDJSON: ".ndjson",
    JSON: ".json",
    "application/zip": ".zip",
    XLSX: ".xlsx",
}
"""What may be sent, and how a file of it is named."""
SENT = "import"
"""The stem of the name by which a server tells of what it was sent."""
