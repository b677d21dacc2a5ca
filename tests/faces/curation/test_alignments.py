"""Out and in again: the alignments file gives the same set bit for bit, other forms hold the same numbers."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from faceswap_lab.core.errors import ConfigError, ConsentError, FacesetError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.crop import CropSpec
from faceswap_lab.faces.curation.alignments import face_to_json, read_alignments, write_alignments
from faceswap_lab.faces.curation.export import export_faces, format_of
from faceswap_lab.faces.curation.import_alignments import import_alignments
from faceswap_lab.faces.curation.marks import mark
from faceswap_lab.faces.extraction import extract
from faceswap_lab.faces.faceset import Faceset
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.faces.identity_record import IdentityRecord
from faceswap_lab.media.footage import open_footage

SPEC = CropSpec("face", 64)


@pytest.fixture
def source(tmp_path: Path, pictures: Path, record: IdentityRecord, finder: FaceFinder, embedder: Any) -> Faceset:
    """Five faces of six pictures, one of them rejected, two with a vector."""
    options: dict[str, Any] = {"crop_spec": SPEC, "embedder": embedder, "num_embedded": 2}
    extract(pictures, tmp_path / "source", record=record, finder=finder, **options)
    faceset = Faceset.open(tmp_path / "source")
    mark(faceset, [2], rejected=True, what="test")
    return faceset


@pytest.fixture
def exported(source: Faceset, tmp_path: Path) -> Path:
    assert write_alignments(source, tmp_path / "a.json") == 5
    return tmp_path / "a.json"


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_round_trip_is_exact(source: Faceset, exported: Path, pictures: Path, tmp_path: Path) -> None:
    done = import_alignments(exported, [pictures], tmp_path / "back")
    assert (done.num_added, done.num_there, done.num_other_crop) == (5, 0, 0)
    back = Faceset.open(tmp_path / "back")
    assert back.identity == source.identity
    assert back.crop_spec == source.crop_spec
    assert back.content_hash() == source.content_hash()
    pairs = zip(source.rows(include_rejected=True), back.rows(include_rejected=True), strict=True)
    for ours, theirs in pairs:
        assert face_to_json(ours) == face_to_json(theirs)
        assert source.crop_path(ours).read_bytes() == back.crop_path(theirs).read_bytes()
        assert source.mask_path(ours).read_bytes() == back.mask_path(theirs).read_bytes()
    assert sum(row.embedding is not None for row in back.rows(include_rejected=True)) == 2
    write_alignments(back, tmp_path / "b.json")
    assert (tmp_path / "b.json").read_bytes() == exported.read_bytes()


def test_numbers_survive_whatever_they_are(source: Faceset, tmp_path: Path) -> None:
    odd = np.array([0.1 + 0.2, 1e-300, -0.0, 1 / 3])
    with source.database.writing() as connection:
        connection.execute("UPDATE faces SET box = ?, yaw = ? WHERE id = 1", (odd.tobytes(), np.pi))
    source.close()
    write_alignments(source, tmp_path / "odd.json")
    face = read_alignments(tmp_path / "odd.json").faces[0]
    assert face["box"].tobytes() == odd.tobytes()
    assert face["yaw"] == np.pi


def test_an_import_goes_on_where_one_was_cut_off(exported: Path, pictures: Path, tmp_path: Path) -> None:
    whole = exported.read_text(encoding="utf-8")
    edit(exported, lambda content: content.update(faces=content["faces"][:2]))
    assert import_alignments(exported, [pictures], tmp_path / "back").num_added == 2
    exported.write_text(whole, encoding="utf-8")
    done = import_alignments(exported, [pictures], tmp_path / "back")
    assert (done.num_added, done.num_there) == (3, 2)


def test_landmarks_alone_will_do(source: Faceset, exported: Path, pictures: Path, tmp_path: Path) -> None:
    def bare(content: dict[str, Any]) -> None:
        content["faces"] = [
            {name: face[name] for name in ("media", "frame_index", "landmarks")} for face in content["faces"]
        ]

    import_alignments(edit(exported, bare), [pictures], tmp_path / "back")
    rows, ours = Faceset.open(tmp_path / "back").rows(), source.rows(include_rejected=True)
    assert [row.detector for row in rows] == ["imported"] * 5
    for row, other in zip(rows, ours, strict=True):
        np.testing.assert_array_equal(row.frame_to_crop, other.frame_to_crop)
        assert (row.sharpness, row.yaw, row.crop_sha256) == (other.sharpness, other.yaw, other.crop_sha256)
        assert row.pts_s == other.pts_s


def test_frames_and_footage_that_are_not_there_are_counted(exported: Path, pictures: Path, tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["faces"][0]["frame_index"] = 99
        content["faces"][1]["crop_sha256"] = "0" * 64
        other = {**content["media"][0], "sha256": "cd" * 32}
        content["media"].append(other)
        content["faces"][4]["media"] = other["sha256"]

    done = import_alignments(edit(exported, change), [pictures], tmp_path / "back")
    counts = (done.num_added, done.num_without_frame, done.num_without_footage, done.num_other_crop)
    assert counts == (3, 1, 1, 1)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda c: c.update(schema="other"), FacesetError, "no alignments file"),
        (lambda c: c.update(version=2), FacesetError, "version 2"),
        (lambda c: c.pop("media"), FacesetError, "missing or malformed"),
        (lambda c: c.update(crop={"kind": "face", "size": 3}), ConfigError, "crop.size=3"),
        (lambda c: c["identity"]["consent"].update(basis=None), ConsentError, "basis is missing"),
        (lambda c: c["identity"]["consent"].update(expiry="2020-01-01"), ConsentError, "ended on 2020-01-01"),
        (lambda c: c["faces"][3].pop("landmarks"), FacesetError, r"faces\[3\].landmarks is missing"),
        (lambda c: c["faces"][3].update(landmarks=[[1, 2]]), FacesetError, r"faces\[3\].landmarks must be 68 x 2"),
        (lambda c: c["faces"][0].update(box=[1, 2, 3, "x"]), FacesetError, r"faces\[0\].box must be 4 finite"),
        (lambda c: c["faces"][0].update(yaw="left"), FacesetError, r"faces\[0\].yaw='left'"),
        (lambda c: c["faces"][0].update(frame_index=-1), FacesetError, r"faces\[0\].frame_index=-1"),
        (lambda c: c["faces"][0].update(media="ab"), FacesetError, r"faces\[0\].media"),
        (lambda c: c["faces"].insert(0, 3), FacesetError, r"faces\[0\] is no object"),
        (lambda c: c["media"][0].update(sha256="cd" * 32) or c.update(faces=[]), FacesetError, "none of the footage"),
        (lambda c: c.update(faces=[]), FacesetError, "no face of this footage"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_left(
    exported: Path, pictures: Path, tmp_path: Path, change: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        import_alignments(edit(exported, change), [pictures], tmp_path / "back")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "back").exists()


def test_files_that_are_none(source: Faceset, exported: Path, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text("{", encoding="utf-8")
    for name in ("b.json", "none.json"):
        with pytest.raises(FacesetError, match="cannot be read"):
            read_alignments(tmp_path / name)
    other = edit(exported, lambda content: content["identity"].update(name="eve"))
    with pytest.raises(FacesetError, match=r"identity\.name"):
        import_alignments(other, [pictures], source.path)


# other forms --------------------------------------------------------------------------------------------------------


def test_csv_holds_the_same_numbers(source: Faceset, tmp_path: Path) -> None:
    assert export_faces(source, tmp_path / "a.csv") == 5
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as stream:
        lines = list(csv.DictReader(stream))
    for line, row in zip(lines, source.rows(include_rejected=True), strict=True):
        assert line["name"] == row.file_name
        assert float(line["sharpness"]) == row.sharpness
        assert line["rejected"] == str(row.rejected)
        assert float(line["landmark_y67"]) == row.landmarks_682[67, 1]
        assert float(line["frame_to_crop_m12"]) == row.frame_to_crop[1, 2]
        assert float(line["box_x1"]) == row.box[2]


def test_coco_has_valid_references(source: Faceset, tmp_path: Path) -> None:
    assert export_faces(source, tmp_path / "c.json", form="coco") == 4, "accepted faces only"
    content = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    images = {image["id"]: image for image in content["images"]}
    assert images[1] == {"id": 1, "file_name": "pictures/frame_000000.png", "width": 160, "height": 120}
    category = content["categories"][0]
    assert len(category["keypoints"]) == len(set(category["keypoints"])) == 68
    assert {point for line in category["skeleton"] for point in line} == set(range(1, 69))
    for annotation, row in zip(content["annotations"], source.rows(), strict=True):
        assert annotation["image_id"] in images
        keypoints = np.reshape(annotation["keypoints"], (68, 3))
        np.testing.assert_array_equal(keypoints[:, :2], row.landmarks_682)
        x, y, width, height = annotation["bbox"]
        assert (x + width, y + height) == pytest.approx((row.box[2], row.box[3]))
        assert annotation["area"] == width * height


def test_parquet_holds_the_same_numbers(source: Faceset, tmp_path: Path) -> None:
    assert export_faces(source, tmp_path / "a.parquet") == 5
    lines = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    for line, row in zip(lines, source.rows(include_rejected=True), strict=True):
        assert line["landmarks"] == row.landmarks_682.ravel().tolist()
        assert line["embedding"] == (None if row.embedding is None else row.embedding.tolist())
        assert line["rejected"] is row.rejected


def test_parquet_without_pyarrow_says_how_to_get_it(
    source: Faceset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # an import of it fails
    with pytest.raises(ConfigError, match=r"faceswap-lab\[stream\]"):
        export_faces(source, tmp_path / "a.parquet")
    assert not (tmp_path / "a.parquet").exists()


def test_overlay_draws_on_the_faces_and_nowhere_else(source: Faceset, pictures: Path, tmp_path: Path) -> None:
    assert export_faces(source, tmp_path / "drawn", form="overlay", footage=pictures) == 6
    drawn = [frame.image for frame in open_footage(tmp_path / "drawn").frames()]
    plain = [frame.image for frame in open_footage(pictures).frames()]
    changed = [(one != other).any(-1) for one, other in zip(drawn, plain, strict=True)]
    assert [mask.any() for mask in changed] == [True, True, False, True, True, True]
    assert changed[0][25, 60:100].all(), "the upper edge of the box"
    assert not changed[0][:, :10].any()
    red, green, _ = drawn[1][changed[1]].mean(0)
    assert red > green + 50, "a rejected face is drawn in red"


def test_overlay_of_a_range_as_video(source: Faceset, pictures: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"footage": pictures, "ranges": FrameRange.parse("1:5")}
    assert export_faces(source, tmp_path / "o.mp4", **options) == 4
    assert len(list(open_footage(tmp_path / "o.mp4").frames())) == 4


@pytest.mark.parametrize(
    ("output", "options", "said"),
    [
        ("a.xyz", {}, "the suffix means no format"),
        ("a.json", {"form": "jason"}, "format=jason"),
        ("a.mp4", {}, "give footage="),
        ("a.csv", {"footage": "clip.mp4"}, "footage has no effect on format=csv"),
        ("a.csv", {"ranges": FrameRange.parse("1:5")}, "range has no effect on format=csv"),
    ],
)
def test_export_errors(source: Faceset, tmp_path: Path, output: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        export_faces(source, tmp_path / output, **options)
    assert not (tmp_path / output).exists()


def test_footage_that_is_not_the_sets_is_not_drawn_on(
    source: Faceset, write_pictures: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(FacesetError, match="no face of"):
        export_faces(source, tmp_path / "o", form="overlay", footage=write_pictures(tmp_path / "x", [9]))


def test_suffixes() -> None:
    names = ("a.json", "a.CSV", "a.parquet", "a.mkv")
    assert [format_of(name) for name in names] == ["alignments", "csv", "parquet", "overlay"]
    assert format_of("folder", "overlay") == "overlay"
