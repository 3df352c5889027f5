"""What belongs in a field, in the words that people read in problems, workbooks and the data dictionary."""

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
    """What a value of the field looks like: its form, its bounds or its codes."""
    if field.codes is not None:
        return "one of " + ", ".join(map(str, field.codes))
    if field.kind == "integer":
        return f"a whole number from {numeral(field.minimum)} to {numeral(field.maximum)}"
    return field.form or KINDS[field.kind]


def explained(field: Field) -> str:
    """The same for whoever has yet to fill it in: with how long a text may be, without the bounds of large numbers."""
    if field.kind == "integer" and field.maximum == LARGEST:
        return f"a whole number, {numeral(field.minimum)} or more"
    if field.kind == "text" and field.min_length != field.max_length:
        return f"{expected(field)}, at most {field.max_length:,} characters"
    return expected(field)


def numeral(number: int | None) -> str:
    """A number as people read it; years are written without a comma."""
    return str(number) if number is None or abs(number) < 10_000 else f"{number:,}"
