"""The preview of a conversion: every colour match with every blend on a few frames, on one sheet to pick from.

Memory holds one frame and the sheet, whatever the length of the footage.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError, NoFaceError
from faceswap_lab.core.files import atomic_write_bytes, check_output, sha256_of
from faceswap_lab.core.frame_range import FrameRange
from faceswap_lab.core.progress import track
from faceswap_lab.faces.extraction import media_sha256
from faceswap_lab.faces.finder import FaceFinder
from faceswap_lab.media.footage import Footage, open_footage
from faceswap_lab.media.frame import Frame
from faceswap_lab.media.images import encode_image
from faceswap_lab.provenance.manifest import Ingredient, Making, manifest_path
from faceswap_lab.provenance.marks import Marks
from faceswap_lab.provenance.signing import sign_output
from faceswap_lab.swap.blends.blend import Blend
from faceswap_lab.swap.casting import Cast, find_cast
from faceswap_lab.swap.colour.colour import Colour
from faceswap_lab.swap.contact_sheet import ContactSheet
from faceswap_lab.swap.locate import FaceLocator, LocatedFace
from faceswap_lab.swap.one_face import OneFace
from faceswap_lab.swap.staging import staged
from faceswap_lab.swap.swap_face import Settings
from faceswap_lab.swap.swapper import Swapper

MOST_FRAMES = 40
_TRIES = 3  # frames that are looked at for a face in each part of the footage


@dataclass(frozen=True, slots=True)
class PreviewReport:
    """What was written.

    Attributes:
        output: The sheet.
        frames: Indices of the frames on it.
        num_settings: Settings shown for each.
    """

    output: Path
    frames: list[int]
    num_settings: int


def num_preview_frames(text: str) -> int:
    """How many frames ``frames:10`` asks for.

    Raises:
        ConfigError: The text has another form, or the number is out of range.
    """
    match = re.fullmatch(r"frames:(\d+)", text.strip())
    if match is None or not 1 <= int(match[1]) <= MOST_FRAMES:
        raise ConfigError(f"preview={text}: give preview=frames:N with 1 to {MOST_FRAMES} frames, such as frames:10")
    return int(match[1])


def write_preview(
    footage_path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    num_frames: int,
    swapper: Swapper,
    cast: Cast,
    finder: FaceFinder,
    colours: Mapping[str, Colour],
    blends: Mapping[str, Blend],
    chosen: tuple[str, str],
    settings: Settings,
    marks: Marks,
    ranges: FrameRange | None = None,
    config: Mapping[str, Any] | None = None,
) -> PreviewReport:
    """Writes the sheet, a PNG with label, watermark and manifest as any output.

    Args:
        footage_path: Video, GIF, image or folder of images.
        output: A .png file.
        num_frames: Frames to show, spread over the footage; those without a face are replaced by near ones or left out.
        swapper: The trained network.
        cast: Who is drawn over whom; of a frame's faces the nearest is shown.
        finder: Finds the faces.
        colours: Colour matches by name, a row each.
        blends: Blends by name, a column each.
        chosen: The colour match and the blend that are marked as those in use.
        settings: Mask and details, the same for all.
        marks: As for ``pipeline.convert``.
        ranges: Frames to choose from; None: all.
        config: Choices to state in the manifest.

    Raises:
        FaceswapLabError: As ``pipeline.convert``.
        NoFaceError: There is no face in any of the frames.
        OutputError: The output cannot be written.
    """
    output = Path(output)
    if output.suffix.lower() != ".png":
        raise ConfigError(f"output={output}: preview writes a picture; name it {output.with_suffix('.png').name}")
    cast.check(swapper)
    footage = open_footage(footage_path)
    check_output(output, [footage.path] if swapper.path is None else [footage.path, swapper.path])
    sha256 = media_sha256(footage.path)
    casting = find_cast(cast, swapper=swapper, sha256=sha256, finder=finder)
    if settings.mask.needs_prediction:
        for name in casting.identities:
            swapper.require_masks(name)
    locator = FaceLocator(casting.source, casting.router, crop_spec=swapper.crop_spec)
    title = _title(casting.identities, footage, marks)
    sheet = ContactSheet([*colours], [*blends], chosen=chosen, num_blocks=num_frames, title=title)
    indices: list[int] = []
    found = _spread_faces(footage, ranges, num_frames, locator)
    for frame, face in track(found, total=num_frames, description="drawing settings"):
        drawn = OneFace(frame.image, face, swapper, settings, frame_index=frame.index)
        sheet.add(
            f"frame {frame.index}",
            [("footage", drawn.footage()), ("network", drawn.network())],
            lambda colour, blend, drawn=drawn: drawn.put_back(colours[colour], blends[blend]),
        )
        indices.append(frame.index)
    if not indices:
        raise NoFaceError(f"{footage.path}: no face to swap in {_TRIES * num_frames} frames of it; give another range=")
    making = Making(
        footage=Ingredient(footage.path.name, sha256),
        checkpoint=None if swapper.path is None else Ingredient(swapper.path.name, sha256_of(swapper.path)),
        identity=", ".join(casting.identities),
        identities=casting.involved,
        num_frames=len(indices),
        num_swapped=len(indices),
        card=swapper.card,
        config=config or {},
        warnings=list(footage.problems),
    )
    _write(output, sheet.image, footage.path, making, marks)
    return PreviewReport(output, indices, len(colours) * len(blends))


def _title(identities: Sequence[str], footage: Footage, marks: Marks) -> str:
    parts = [f"{', '.join(identities)} in {footage.path.name}", *([] if marks.label is None else [marks.label.text])]
    return " - ".join(parts)


def _write(output: Path, image: NDArray[np.uint8], footage: Path, making: Making, marks: Marks) -> None:
    """The sheet and its manifest; what an output has of marks, a sheet has."""
    marking, identification = None, marks.identification()
    if marks.watermark is not None:
        marking = marks.watermark.begin([making.footage, making.checkpoint, making.identity, making.config, "preview"])
        marking.embed(image)
    with staged(output) as stage:
        atomic_write_bytes(stage, encode_image(image, suffix=".png"))
        made = replace(making, marks=marks.stated(marking, identification))
        digest = sign_output(
            stage, output, footage=footage, making=made, identification=identification, hashed=sha256_of
        )
    if marking is not None:
        marking.remember(manifest_path(output), digest)


def _spread_faces(
    footage: Footage, ranges: FrameRange | None, num_frames: int, locator: FaceLocator
) -> Iterator[tuple[Frame, LocatedFace]]:
    """Frames in order, one from each part of the footage, each with its nearest face."""
    for some in _parts(_indices(footage, ranges), num_frames):
        spans = FrameRange(tuple((index, index + 1) for index in some))
        for frame in footage.frames(spans):
            faces = locator.locate(frame)
            if faces:
                yield frame, faces[-1]
                break


def _indices(footage: Footage, ranges: FrameRange | None) -> range | list[int]:
    total = footage.info.num_frames
    if total is None:
        return [frame.index for frame in footage.frames(ranges, deferred=True)]
    return range(total) if ranges is None else [index for index in range(total) if ranges.contains(index)]


def _parts(indices: Sequence[int], num_parts: int) -> list[list[int]]:
    """For each of equal parts some indices spread over it, in order; none twice."""
    places = [
        (part + (attempt + 1) / (_TRIES + 1)) / num_parts for part in range(num_parts) for attempt in range(_TRIES)
    ]
    chosen = [indices[min(len(indices) - 1, int(place * len(indices)))] for place in places]
    seen: set[int] = set()
    parts = [chosen[start : start + _TRIES] for start in range(0, len(chosen), _TRIES)]
    return [part for part in ([i for i in part if not (i in seen or seen.add(i))] for part in parts) if part]
