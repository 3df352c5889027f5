"""Pages for people, from the templates of `site/`."""

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.server.bundled import SITE


class Pages:
    """Renders pages. Everything a template shows is given here."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(SITE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def home(self, **facts: Any) -> str:
        """The first page. Facts: counts by table, current release, that it is a sample (or None), public number."""
        return self._render("home.html", **facts)

    def releases(self, zipped: dict[str, bool], current: str | None) -> str:
        """Return the list of releases. zipped: by id, whether there is a zip to link to."""
        return self._render("releases.html", zipped=zipped, current=current)

    def release(self, release_id: str, files: list[str], zipped: bool) -> str:
        """Return the files of a release. zipped: whether there is a zip of them to link to."""
        return self._render("release.html", release_id=release_id, files=files, zipped=zipped)

    def explorer(self, **facts: Any) -> str:
        """Every operation of the API. Facts: groups of operations by tag, what statuses mean, and which are of all."""
        return self._render("explorer.html", **facts)

    def texts(self, groups: list[tuple[str, list[Any]]]) -> str:
        """Every text of the documentation, by what it is for."""
        return self._render("texts.html", groups=groups)

    def text(self, text: Any) -> str:
        """A text of the documentation."""
        return self._render("text.html", text=text)

    def error(self, **facts: Any) -> str:
        """What went wrong, for people. Facts: status, title, detail."""
        return self._render("error.html", **facts)

    def _render(self, name: str, **facts: Any) -> str:
        return self._templates.get_template(name).render(facts)
