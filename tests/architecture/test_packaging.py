"""What is installed: every package says that it is typed, and none needs what setuptools has dropped."""

import subprocess
import sys
import tomllib

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_says_that_it_is_typed(name: str) -> None:
    assert "Typing :: Typed" in PROJECT["project"]["classifiers"]
    assert (ROOT / name / "py.typed").read_bytes() == b""


def test_nothing_needs_what_setuptools_no_longer_holds() -> None:
    without = "import sys; sys.modules['pkg_resources'] = None; import api.app, datasette.app, frictionless"
    subprocess.run([sys.executable, "-c", without], cwd=ROOT, check=True, timeout=120)
