"""Datasette over the SQLite file of a release, described by the record types."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from datasette.plugins import pm

from catalog import datasette_cells
from catalog.datasette_cells import Catalogue
from catalog.datasette_queries import QUERIES
from catalog.sql_limits import BoundedDatabase
from datapackage.packages.derived_tables import release_tables
from datapackage.packages.sample_note import illustrative_note
from datapackage.tables.projection import Table, with_children
from inventory.records.registry import Model

BASE = "/data/"
"""The path below which Datasette is served."""
SETTINGS = {
    "suggest_facets": False,
    "default_facet_size": 5,
    "default_page_size": 50,
    "truncate_cells_html": 300,
    "max_returned_rows": 5000,
    "sql_time_limit_ms": 3000,
    "facet_time_limit_ms": 1000,
    "allow_download": False,
}
# For every error, a mere 404 too, Datasette would print a traceback with all locals, and fail where there is none.
# Datasette calls every handler, and its own prints a traceback. Ours calls it once, with the error to answer.
if (own_handler := pm.unregister(name="datasette.handle_exception")) is not None:
    own_handler.rich = None
if not pm.is_registered(datasette_cells):
    pm.register(datasette_cells, "shown_cells")
SHADOWS = ("", "_data", "_idx", "_docsize", "_config", "_content")


def datasette_app(database: Path, model: Model, site: Path) -> Catalogue:
    """Datasette over one release; site: the folder of style sheets and templates.

    The caller must `await invoke_startup()` before serving it.
    """
    catalogue = Catalogue(
        model,
        [],
        metadata=metadata(model, database.stem, illustrative_note(database)),
        static_mounts=[("assets", str(site / "assets"))],
        template_dir=str(site / "templates" / "datasette"),
        settings={**SETTINGS, "base_url": BASE},
    )
    catalogue.remove_database("_memory")  # it is there where no file is named at first
    catalogue.add_database(BoundedDatabase(catalogue, path=str(database), is_mutable=False))
    return catalogue


def metadata(model: Model, database: str, note: str | None = None) -> dict[str, Any]:
    """Titles, descriptions, facets and queries of a release's tables. note: that it is a sample, where it is."""
    tables = [table for main in release_tables(model).values() for table in with_children(main)]
    described: dict[str, Any] = {table.name: _described(table) for table in tables}
    described |= {f"{table.name}_fts{end}": {"hidden": True, "allow": False} for table in tables for end in SHADOWS}
    return {
        "title": "Public Services Inventory",
        "description": " ".join(part for part in ("The current release, to browse and to ask in SQL.", note) if part),
        "extra_css_urls": ["/assets/datasette.css"],
        "license": "CC0 1.0",
        "license_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "databases": {database: {"tables": described, "queries": QUERIES}},
    }


def _described(table: Table) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "title": table.title,
        "description": table.description,
        "columns": {column.name: column.field.description for column in table.columns},
        "sort": table.key[0],
    }
    labels = [column.name for column in table.columns if column.name in ("name", "label")]
    facets = list(_facets(table))
    return facts | ({"label_column": labels[0]} if labels else {}) | ({"facets": facets} if facets else {})


def _facets(table: Table) -> Iterable[str]:
    """Codes, yes or no, and what belongs to something else; what is one's own key would only be counted once each."""
    for index, column in enumerate(table.columns):
        own = index >= table.inherited and table.key != (column.name,)
        if own and (column.field.kind in ("code", "boolean") or column.field.references):
            yield column.name
