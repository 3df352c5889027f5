"""What a release says of its own tables: read so that nothing it says is followed anywhere.

A release is permanent, and record types go on: an old release is checked by the schemas it was made with. Patterns are
left out, for a stranger's could be made to take forever; what today's record types know is checked by them as well.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from datapackage.packages.descriptor import DESCRIPTOR, FileFacts
from inventory.errors import Unreadable

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
LIMITS = ("required", "unique", "enum", "minimum", "maximum", "minLength", "maxLength")


class DeclaredField(Struct, frozen=True):
    """A column."""

    name: Name
    type: Literal["string", "integer", "number", "boolean", "date", "datetime"]
    constraints: dict[str, Any] = {}

    def plain(self) -> dict[str, Any]:
        """The field as a Table Schema has it."""
        limits = {name: limit for name, limit in self.constraints.items() if name in LIMITS}
        spelled = {"trueValues": ["true"], "falseValues": ["false"]} if self.type == "boolean" else {}
        return {"name": self.name, "type": self.type, "constraints": limits, **spelled}


class Reference(Struct, frozen=True):
    """Where a foreign key leads; without a name, to the same table."""

    resource: Annotated[str, Meta(pattern=r"^([a-z][a-z0-9_]{0,99})?$")]
    fields: list[Name]


class DeclaredForeignKey(Struct, frozen=True):
    """A foreign key."""

    fields: list[Name]
    reference: Reference


class DeclaredSchema(Struct, frozen=True, rename="camel"):
    """The columns of a table and its keys."""

    fields: list[DeclaredField]
    primary_key: list[Name]
    foreign_keys: list[DeclaredForeignKey] = []


class DeclaredTable(Struct, frozen=True):
    """A table, which lies in the file of its name."""

    name: Name
    path: str
    schema: DeclaredSchema

    @property
    def columns(self) -> tuple[str, ...]:
        """The header of its file."""
        return tuple(field.name for field in self.schema.fields)

    def resource(self, file: FileFacts) -> dict[str, Any]:
        """The table as a resource that Frictionless may read."""
        schema: dict[str, Any] = {
            "fields": [field.plain() for field in self.schema.fields],
            "primaryKey": self.schema.primary_key,
        }
        if self.schema.foreign_keys:
            schema["foreignKeys"] = msgspec.to_builtins(self.schema.foreign_keys)
        return {
            "name": self.name,
            "type": "table",
            "path": self.path,
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "bytes": file.bytes,
            "hash": f"sha256:{file.sha256}",
            "schema": schema,
        }


def declared_tables(package: Any) -> list[DeclaredTable]:
    """The tables of a descriptor. Raises Unreadable where they are not declared as a release declares them."""
    try:
        tables = msgspec.convert(package["resources"], list[DeclaredTable])
    except (KeyError, TypeError, msgspec.ValidationError) as fault:
        raise Unreadable(f"{DESCRIPTOR} does not declare its tables as a release does: {fault}") from fault
    names = {table.name for table in tables}
    for table in tables:
        if table.path != f"{table.name}.csv":
            raise Unreadable(f"{DESCRIPTOR} leads elsewhere: {table.name} is not in {table.name}.csv")
        columns = [*table.schema.primary_key, *(name for key in table.schema.foreign_keys for name in key.fields)]
        led_to = {key.reference.resource for key in table.schema.foreign_keys} - {""}
        if not set(columns) <= set(table.columns) or not led_to <= names:
            raise Unreadable(f"{DESCRIPTOR} gives {table.name} keys that lead nowhere")
    return tables
