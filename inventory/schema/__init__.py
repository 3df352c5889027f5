"""How a record type describes its fields: titles, limits, and what a valid value looks like."""
