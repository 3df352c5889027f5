"""Descriptions of valid values, in the words of problems, workbooks and the data dictionary."""

from inventory.schema.fields import LARGEST, Field, Kind

KINDS: dict[Kind, str] = {
    "text": "text",
    "decimal": "a decimal number",
    "boolean": "true or false",
    "date": "a date as YYYY-MM-DD",
    "datetime": "a time as YYYY-MM-DDThh:mm:ssZ",
    "part": "an object with named fields",
}


def expected(field: Field) -> str:
    """Return a description of a field's values: form, bounds or codes."""
    if field.codes is not None:
        return "one of " + ", ".join(map(str, field.codes))
    if field.kind == "integer":
        return f"a whole number from {numeral(field.minimum)} to {numeral(field.maximum)}"
    return field.form or KINDS[field.kind]


def explained(field: Field) -> str:
    """Return a description for people who fill in the field: with the length limit of texts, without bounds of large
    numbers.
    """
    if field.kind == "integer" and field.maximum == LARGEST:
        return f"a whole number, {numeral(field.minimum)} or more"
    if field.kind == "text" and field.min_length != field.max_length:
        return f"{expected(field)}, at most {field.max_length:,} characters"
    return expected(field)


def numeral(number: int | None) -> str:
    """Return a number as people read it. Years have no comma."""
    return str(number) if number is None or abs(number) < 10_000 else f"{number:,}"
