"""The sheet of settings: every one on it, named, as a conversion would draw it, and nothing else of a conversion."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import skimage.data

from faceswap_lab.core.compose import load_choices
from faceswap_lab.core.errors import ConfigError, ConsentError, NoFaceError
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.faces.crop import cut, frame_to_crop
from faceswap_lab.faces.face import Face
from faceswap_lab.media.footage import open_footage
from faceswap_lab.provenance.label import CornerLabel
from faceswap_lab.provenance.manifest import manifest_path
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.swap.blends.alpha import Alpha
from faceswap_lab.swap.blends.membrane import Membrane
from faceswap_lab.swap.casting import Cast
from faceswap_lab.swap.colour.mean import Mean
from faceswap_lab.swap.colour.none import NoColour
from faceswap_lab.swap.contact_sheet import CELL_PX, ContactSheet
from faceswap_lab.swap.locate import LocatedFace
from faceswap_lab.swap.one_face import OneFace
from faceswap_lab.swap.paste import paste
from faceswap_lab.swap.preview import num_preview_frames, write_preview
from faceswap_lab.swap.swap_face import OneIdentity, Settings, swap_face
from faceswap_lab.swap.swapper import Swapper

UNMARKED = Marks(label=None, watermark=None, reason="pixels are compared")


def made(clip: Path, output: Path, swapper: Swapper, finder: Any, num_frames: int = 3, **options: Any) -> Any:
    return write_preview(
        clip,
        output,
        num_frames=num_frames,
        swapper=swapper,
        cast=Cast(identity="ben"),
        finder=finder,
        colours={"none": NoColour(), "mean": Mean()},
        blends={"alpha": Alpha()},
        chosen=("mean", "alpha"),
        settings=Settings(),
        marks=options.pop("marks", UNMARKED),
        **options,
    )


def flat(level: int) -> np.ndarray:
    return np.full((CELL_PX, CELL_PX, 3), (level, 0, 255 - level), np.uint8)


@pytest.mark.parametrize("num_blocks", [1, 4])
def test_a_sheet_holds_every_cell_once(num_blocks: int) -> None:
    rows, columns = ["none", "mean", "mkl"], ["alpha", "pyramid"]
    sheet = ContactSheet(rows, columns, chosen=("mean", "pyramid"), num_blocks=num_blocks, title="ben in a clip")
    asked = []
    for number in range(num_blocks):

        def cell(row: str, column: str, number: int = number) -> np.ndarray:
            asked.append((number, row, column))
            return flat(10 + number * 20 + 3 * rows.index(row) + columns.index(column))

        sheet.add(f"frame {number}", [("footage", flat(9))], cell)
    image = sheet.image
    assert asked == [(n, row, column) for n in range(num_blocks) for row in rows for column in columns]
    outline = 3 * 4 * (CELL_PX - 3)
    for number, row, column in asked:
        level = 10 + number * 20 + 3 * rows.index(row) + columns.index(column)
        num_pixels = int((image == flat(level)[0, 0]).all(-1).sum())
        assert num_pixels == CELL_PX**2 - (outline if (row, column) == ("mean", "pyramid") else 0)
    assert (image == flat(9)[0, 0]).all(-1).sum() == num_blocks * CELL_PX**2
    assert max(image.shape[:2]) < 3.2 * min(image.shape[:2])


def test_a_cell_is_what_a_conversion_draws(swapper: Swapper, clip: Path, make_face: Callable[..., Face]) -> None:
    frame, face = next(iter(open_footage(clip).frames())), make_face()
    matrix_23 = frame_to_crop(face.landmarks_682, swapper.crop_spec)
    located = LocatedFace(
        face.landmarks_682, matrix_23, cut(frame.image, matrix_23, swapper.crop_spec.size), "ben", track=0
    )
    drawn = OneFace(frame.image, located, swapper, Settings(), frame_index=0)
    settings = Settings(colour=Mean(), blend=Membrane())
    patch = swap_face(frame.image, face, OneIdentity(swapper, "ben"), settings)
    assert patch is not None
    picture = frame.image.copy()
    paste(picture, [patch])
    low, high = face.landmarks_682.min(0), face.landmarks_682.max(0)
    scale = CELL_PX / (1.6 * (high - low).max())
    matrix = np.column_stack([scale * np.eye(2), (CELL_PX - 1) / 2 - scale * (low + high) / 2])
    difference = np.abs(cut(picture, matrix, CELL_PX).astype(int) - drawn.put_back(Mean(), Membrane()))
    assert difference.max() <= 2  # the part's origin shifts floats by their last bits
    assert np.abs(drawn.footage().astype(int) - drawn.put_back(Mean(), Membrane())).max() > 20
    assert np.abs(drawn.put_back(NoColour(), Alpha()).astype(int) - drawn.put_back(Mean(), Alpha())).mean() > 1


def test_frames_are_spread_and_marked(
    tmp_path: Path, clip: Path, swapper: Swapper, make_finder: Callable[..., Any]
) -> None:
    marks = Marks(label=CornerLabel(text="made up"))
    report = made(clip, tmp_path / "sheet.png", swapper, make_finder(), marks=marks)
    assert report.num_settings == 2
    assert report.frames == [1, 5, 9]  # of 12
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sheet.png", "sheet.png.manifest.json"]
    manifest = manifest_path(report.output).read_text()
    assert '"label": "made up"' in manifest
    assert '"id": ' in manifest
    narrow = made(clip, tmp_path / "narrow.png", swapper, make_finder(), ranges=FrameRange.parse("4:7"))
    assert narrow.frames == [4, 5, 6]
    short = made(clip, tmp_path / "short.png", swapper, make_finder(), 9, ranges=FrameRange.parse("4:6"))
    assert short.frames == [4, 5]


def test_a_frame_without_a_face_gives_way_to_one_with(
    tmp_path: Path, clip: Path, swapper: Swapper, make_finder: Callable[..., Any], make_face: Callable[..., Face]
) -> None:
    finder = make_finder(lambda call: [] if call in (0, 2, 3, 4) else [make_face()])
    report = made(clip, tmp_path / "sheet.png", swapper, finder)
    assert report.frames == [2, 9]  # the second try of the first third, none of the second
    with pytest.raises(NoFaceError, match="no face to swap in 9 frames"):
        made(clip, tmp_path / "none.png", swapper, make_finder(lambda call: []))
    assert not (tmp_path / "none.png").exists()


def test_what_is_refused(
    tmp_path: Path, clip: Path, swapper: Swapper, make_finder: Callable[..., Any], make_checkpoint: Callable[..., Path]
) -> None:
    assert num_preview_frames("frames:10") == 10
    for text in ("10", "frames:0", "frames:41", "frames:-1", "frames"):
        with pytest.raises(ConfigError, match="give preview=frames:N with 1 to 40 frames"):
            num_preview_frames(text)
    with pytest.raises(ConfigError, match=r"preview writes a picture; name it sheet\.png"):
        made(clip, tmp_path / "sheet.mp4", swapper, make_finder())
    expired = Swapper.from_checkpoint(make_checkpoint(tmp_path / "old.ckpt", expiry="2020-01-01"))
    with pytest.raises(ConsentError, match="ended on 2020-01-01"):
        write_preview(
            clip,
            tmp_path / "sheet.png",
            num_frames=1,
            swapper=expired,
            cast=Cast(identity="ada"),
            finder=make_finder(),
            colours={"none": NoColour()},
            blends={"alpha": Alpha()},
            chosen=("none", "alpha"),
            settings=Settings(),
            marks=UNMARKED,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["old.ckpt"]


def test_command_line(run_cli: Callable[..., Any], tmp_path: Path, checkpoint: Path, clip: Path) -> None:
    """Every option of both groups on a real face."""
    picture, output = tmp_path / "astronaut.png", tmp_path / "sheet.png"
    cv2.imwrite(str(picture), np.ascontiguousarray(skimage.data.astronaut()[:220, 110:330, ::-1]))
    words = ["convert", f"checkpoint={checkpoint}", "identity=ben", f"output={output}"]
    result = run_cli([*words, f"footage={picture}", "preview=frames:1", "blend=alpha", "colour=lct"])
    assert result.code == 0, result.stderr
    count = len(load_choices("colour")) * len(load_choices("blend"))
    assert result.stdout.splitlines()[-1] == (
        f"wrote {output}: {count} settings on 1 frames; marked is colour=lct blend=alpha"
    )
    assert cv2.imread(str(output)) is not None
    for more, message in (
        ([f"footage={picture}", "preview=10"], "give preview=frames:N"),
        ([f"footage=[{picture},{clip}]", "preview=frames:2"], "preview shows one footage"),
    ):
        refused = run_cli([*words, *more])
        assert refused.code == 2
        assert message in refused.stderr
