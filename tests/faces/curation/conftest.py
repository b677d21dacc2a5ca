"""A small face set of a drawn person, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from faceswap_lab.data.drawn_faceset import drawn_faceset
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.faceset import Faceset


@pytest.fixture(scope="session")
def _drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn") / "ada"
    drawn_faceset(path, "ada", 24, identity_seed=1, crop_spec=CropSpec("face", 64), fps=8.0)
    return path


@pytest.fixture
def faceset(_drawn: Path, tmp_path: Path) -> Faceset:
    """24 faces in three seconds, rows 1 to 24."""
    return Faceset.open(shutil.copytree(_drawn, tmp_path / "ada"))
