"""The tables that a release's descriptor declares, read so that nothing in it is followed anywhere.

Releases are permanent, but record types change, so an old release is checked by its own schemas. Patterns are left
out, because an untrusted one could take forever. Records of today's types are also checked by today's rules.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from datapackage.packages.descriptor import DESCRIPTOR, FileFacts
from inventory.errors import Unreadable

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,99}$")]
LIMITS = ("required", "unique", "enum", "minimum", "maximum", "minLength", "maxLength")


class DeclaredField(Struct, frozen=True):
    """A column of a declared table."""

    name: Name
    type: Literal["string", "integer", "number", "boolean", "date", "datetime"]
    constraints: dict[str, Any] = {}

    def plain(self) -> dict[str, Any]:
        """Return the field as a Table Schema has it."""
        limits = {name: limit for name, limit in self.constraints.items() if name in LIMITS}
        spelled = {"trueValues": ["true"], "falseValues": ["false"]} if self.type == "boolean" else {}
        return {"name": self.name, "type": self.type, "constraints": limits, **spelled}


class Reference(Struct, frozen=True):
    """The target of a foreign key; without a name, the same table."""

    resource: Annotated[str, Meta(pattern=r"^([a-z][a-z0-9_]{0,99})?$")]
    fields: list[Name]


class DeclaredForeignKey(Struct, frozen=True):
    """A foreign key of a declared table."""

    fields: list[Name]
    reference: Reference


class DeclaredSchema(Struct, frozen=True, rename="camel"):
    """The columns of a table and its keys."""

    fields: list[DeclaredField]
    primary_key: list[Name]
    foreign_keys: list[DeclaredForeignKey] = []


class DeclaredTable(Struct, frozen=True):
    """A table in the file of the same name."""

    name: Name
    path: str
    schema: DeclaredSchema

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the header of its file."""
        return tuple(field.name for field in self.schema.fields)

    def resource(self, file: FileFacts) -> dict[str, Any]:
        """Return the table as a resource that Frictionless may read."""
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
    """Return the tables of a descriptor. Raises Unreadable if they are not declared as a release declares them."""
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
