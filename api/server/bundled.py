"""Folders of files that are no package: templates, style sheets, documentation."""

from pathlib import Path

API = Path(__file__).parents[1]


def bundled(name: str) -> Path:
    """Return such a folder. A wheel holds it in `api/`; a checkout has it next to `api/`."""
    return next(folder for folder in (API / name, API.parent / name) if folder.is_dir())


SITE = bundled("site")
