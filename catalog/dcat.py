"""A release as data.gov harvests it: `/data.json` by DCAT-US 1.1, the Project Open Data metadata schema."""

from pathlib import PurePosixPath
from typing import Annotated, Any

from msgspec import Meta, Struct

from datapackage.releases.directory import MEDIA
from datapackage.releases.write_tables import DATABASE
from inventory.schema.scalars import Line

SCHEMA = "https://project-open-data.cio.gov/v1.1/schema"


class Publisher(Struct, frozen=True, kw_only=True):
    """Who publishes an inventory: what DCAT-US asks for and no release knows.

    name: the organization. contact, email: who answers questions. bureau_code: OMB's codes of the agency and its bureau
    (Circular A-11, appendix C). program_code: that of the Federal Program Inventory.
    """

    name: Line
    contact: Line
    email: Annotated[str, Meta(pattern=r"^[\w.+'-]+@[\w-]+(\.[\w-]+)+$")]
    bureau_code: Annotated[str, Meta(pattern=r"^[0-9]{3}:[0-9]{2}$")]
    program_code: Annotated[str, Meta(pattern=r"^[0-9]{3}:[0-9]{3}$")]


def data_json(release: dict[str, Any], publisher: Publisher, site: str, note: str | None = None) -> dict[str, Any]:
    """The catalogue of one dataset, which is the release that a descriptor (`datapackage.json`) describes.

    site: the address of the site, without a slash at its end. note: that it is a sample, where it is.
    """
    return {
        "@context": f"{SCHEMA}/catalog.jsonld",
        "@id": f"{site}/data.json",
        "@type": "dcat:Catalog",
        "conformsTo": SCHEMA,
        "describedBy": f"{SCHEMA}/catalog.json",
        "dataset": [_dataset(release, publisher, site, note)],
    }


def _dataset(release: dict[str, Any], publisher: Publisher, site: str, note: str | None) -> dict[str, Any]:
    return {
        "@type": "dcat:Dataset",
        "identifier": release["name"],
        "title": release["title"],
        "description": " ".join(part for part in (release["description"], note) if part),
        "keyword": release["keywords"],
        "modified": release["created"],
        "publisher": {"@type": "org:Organization", "name": publisher.name},
        "contactPoint": {
            "@type": "vcard:Contact",
            "fn": publisher.contact,
            "hasEmail": f"mailto:{publisher.email}",
        },
        "accessLevel": "public",
        "bureauCode": [publisher.bureau_code],
        "programCode": [publisher.program_code],
        "license": release["licenses"][0]["path"],
        "accrualPeriodicity": "irregular",  # a release is made when there is something new
        "language": ["en-US"],
        "landingPage": f"{site}/",
        "describedBy": f"{site}/docs/data-dictionary",
        "describedByType": "text/html",
        "references": [f"{site}/docs", f"{site}/openapi.json"],
        "distribution": [*_files(release, site), *_places(site)],
    }


def _files(release: dict[str, Any], site: str) -> list[dict[str, Any]]:
    """What can be downloaded: by the id of the release, so that it stays what it was."""
    place = f"{site}/releases/{release['version']}"
    dictionary = {"describedBy": f"{place}/datapackage.json", "describedByType": "application/json"}
    whole = _file("The whole release", "zip", f"{place}.zip")
    database = _file("All tables in one file", "SQLite", f"{place}/{DATABASE}")
    tables = [
        {**_file(table["title"], "CSV", f"{place}/{table['path']}"), "description": table["description"]}
        for table in release["resources"]
    ]
    return [{**file, **dictionary} for file in (whole, database, *tables)]


def _places(site: str) -> list[dict[str, Any]]:
    """Where it can be asked."""
    api = _place("The API, which tells too what became public since the release", "API", f"{site}/api/v1")
    described = {"describedBy": f"{site}/openapi.json", "describedByType": "application/json"}
    return [{**api, **described}, _place("The tables, to browse and to ask in SQL", "Datasette", f"{site}/data/")]


def _file(title: str, form: str, url: str) -> dict[str, Any]:
    media = MEDIA[PurePosixPath(url).suffix]
    return {"@type": "dcat:Distribution", "title": title, "format": form, "downloadURL": url, "mediaType": media}


def _place(title: str, form: str, url: str) -> dict[str, Any]:
    return {"@type": "dcat:Distribution", "title": title, "format": form, "accessURL": url}
