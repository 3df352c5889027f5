"""Table Schemas (Data Package v2) of tables, derived from the facts of their fields."""

from typing import Any

from datapackage.tables.projection import Column, Table

TYPES = {
    "text": "string",
    "code": "string",
    "integer": "integer",
    "decimal": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}


def table_schema(table: Table) -> dict[str, Any]:
    """Return the Table Schema of a table: types, titles, limits, enums, clauses, primary and foreign keys."""
    schema: dict[str, Any] = {
        "fields": [_field(column, table) for column in table.columns],
        "primaryKey": list(table.key),
    }
    if table.foreign_keys:
        schema["foreignKeys"] = [
            {
                "fields": list(key.columns),
                "reference": {"resource": "" if key.table == table.name else key.table, "fields": list(key.references)},
            }
            for key in table.foreign_keys
        ]
    return schema


def _field(column: Column, table: Table) -> dict[str, Any]:
    field = column.field
    described: dict[str, Any] = {
        "name": column.name,
        "type": TYPES[field.kind],
        "title": field.title if column.wide is None else f"{field.title} {column.wide + 1}",
        "description": field.description,
        "constraints": _constraints(column, alone=table.key == (column.name,)),
    }
    if field.kind == "boolean":
        described |= {"trueValues": ["true"], "falseValues": ["false"]}
    if field.clause:
        described["clause"] = field.clause
    if not described["constraints"]:
        del described["constraints"]
    return described


def _constraints(column: Column, *, alone: bool) -> dict[str, Any]:
    field = column.field
    limits: dict[str, Any] = {
        "required": True if column.required else None,
        "unique": True if alone else None,
        "enum": [str(code) for code in field.codes] if field.codes else None,
    }
    if field.kind == "text":
        limits |= {"minLength": field.min_length, "maxLength": field.max_length, "pattern": _wrapped(field.pattern)}
    if field.kind == "integer":
        limits |= {"minimum": field.minimum, "maximum": field.maximum}
    return {name: limit for name, limit in limits.items() if limit is not None}


def _wrapped(pattern: str | None) -> str | None:
    # Readers compile a pattern as ^pattern$, so an alternative would bind only one of the two anchors.
    return f"(?:{pattern})" if pattern else None
