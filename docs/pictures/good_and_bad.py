"""Draws docs/good_and_bad: good and bad examples for the figures of an evaluation, with the figures of these frames.

faceswap-lab demo output=demo
faceswap-lab train experiment=light trainer.max_steps=100 output=early \
    facesets.astronaut=demo/faces/astronaut facesets.hopper=demo/faces/hopper
python docs/pictures/good_and_bad.py demo early/checkpoints/last.ckpt
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from good_and_bad_demo import FOOTAGE, FRAMES, IDENTITY, NEIGHBOURS, VIEW, Askew, Demo, Frozen, settings
from good_and_bad_sheet import Tile, write_sheet

from faceswap_lab.evaluation.flicker import Flicker
from faceswap_lab.evaluation.identity import distances
from faceswap_lab.evaluation.measured import figures_of
from faceswap_lab.evaluation.motion_figures import motion_measured
from faceswap_lab.evaluation.reference import face_sharpness
from faceswap_lab.evaluation.restored import HeldOutFaces, measure_alike
from faceswap_lab.evaluation.seam import Seam
from faceswap_lab.evaluation.search import FoundFace
from faceswap_lab.faces.crop import cut, frame_to_crop
from faceswap_lab.faces.maskers.hull import hull_mask
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.locate import LocatedFace
from faceswap_lab.swap.report import record_of


def identity(demo: Demo) -> list[list[Tile]]:
    """After the demo's training, and after 100 steps."""
    index, row = FRAMES[1], [demo.footage_tile(FRAMES[1])]
    for name, caption in (("finished", "finished"), ("early", "100 steps")):
        after = demo.swapped(index, demo.network(name))
        face = demo.found(after, described=True)
        assert face is not None, f"no face is found in frame {index}, {name}"
        assert face.descriptor_128 is not None
        distance = distances(face.descriptor_128[None], demo.target.mean_128)[0]
        row.append(demo.tile(after, f"{caption}: distance {distance:.2f}"))
    return [row]


def following(demo: Demo) -> dict[str, tuple[dict[int, Frame], list[FoundFace]]]:
    """A clip whose face follows the footage, and one that keeps the look of its first frame, with the faces found."""
    clips: dict[str, tuple[dict[int, Frame], list[FoundFace]]] = {}
    for name, network in (("follows", demo.network("finished")), ("frozen", Frozen(demo.network("finished")))):
        clip = {index: demo.swapped(index, network) for index in FRAMES}
        clips[name] = clip, [face for after in clip.values() if (face := demo.found(after)) is not None]
    return clips


def mouth(demo: Demo) -> list[list[Tile]]:
    """The footage's mouth closed, half open and open; below, both clips with the figure of all their frames."""
    clips = following(demo)
    by_mouth = sorted(clips["follows"][1], key=lambda face: face.footage_opening)
    shown = [by_mouth[0].index, by_mouth[len(by_mouth) // 2].index, by_mouth[-1].index]
    rows = [[demo.footage_tile(index) for index in shown]]
    for name, (clip, found) in clips.items():
        said = f"{name}: correlation {figures_of(motion_measured(found))['mouth_opening_correlation']:.2f}"
        rows.append([demo.tile(clip[index], said if index == shown[0] else "") for index in shown])
    return rows


def pose(demo: Demo) -> list[list[Tile]]:
    """As the network draws it, and askew."""
    tiles: list[tuple[float, list[Tile]]] = []
    for index in FRAMES:
        row = [demo.footage_tile(index)]
        error = 0.0
        for name, network in (("as drawn", demo.network("finished")), ("askew", Askew(demo.network("finished")))):
            after = demo.swapped(index, network)
            face = demo.found(after)
            assert face is not None, f"no face is found in frame {index}, {name}"
            row.append(demo.tile(after, f"{name}: {face.pose_error_deg:.1f} degrees"))
            error = error or face.pose_error_deg
        tiles.append((error, row))
    return [min(tiles, key=lambda tile: tile[0])[1]]


def sharpness(demo: Demo) -> list[list[Tile]]:
    """As it is, smeared, and with hard edges."""
    index = FRAMES[1]
    after, points_682 = demo.swapped(index, demo.network("finished")), demo.faces[index].landmarks_682
    inside = hull_mask(points_682, np.eye(2, 3), max(after.image.shape))[: after.image.shape[0], : after.image.shape[1]]
    smeared = cv2.GaussianBlur(after.image, (0, 0), 3)
    hard = np.clip(3.0 * after.image - 2.0 * cv2.GaussianBlur(after.image, (0, 0), 1.5).astype(np.float32), 0, 255)
    row: list[Tile] = []
    for name, image in (("as drawn", after.image), ("smeared", smeared), ("hard edges", hard)):
        changed = np.where(inside[..., None] > 0, image, after.image).astype(np.uint8)
        ratio = face_sharpness(changed, points_682) / demo.target.sharpness
        row.append(demo.tile(Frame(changed, index, 0.0), f"{name}: {ratio:.2f}"))
    return [row]


def mask(demo: Demo) -> list[list[Tile]]:
    """The mask that `convert` takes, and one drawn in: above what is replaced, below what comes of it."""
    index = FRAMES[1]
    above, below = [demo.footage_tile(index)], [Tile(np.full((VIEW.size, VIEW.size, 3), 255, np.uint8), "")]
    for name, chosen in (("default", settings()), ("drawn in", settings("mask.edge.erode_ratio=0.12"))):
        patch = demo.patch(index, demo.network("finished"), chosen)
        points_682 = demo.faces[index].landmarks_682
        matrix_23 = frame_to_crop(points_682, VIEW)
        crop = cut(demo.frames[index].image, matrix_23, VIEW.size)
        record = record_of(demo.frames[index], LocatedFace(points_682, matrix_23, crop, IDENTITY, 0), patch)
        left, top, right, bottom = patch.box
        tinted = demo.frames[index].image.copy()
        share = 0.6 * patch.mask[..., None]
        place = tinted[top:bottom, left:right]
        place[:] = np.rint(place * (1 - share) + share * np.array([255, 40, 40])).astype(np.uint8)
        above.append(Tile(demo.view(tinted, index), f"{name}: {record.mask_hull_ratio:.2f}"))
        below.append(demo.tile(demo.swapped(index, demo.network("finished"), chosen), ""))
    return [above, below]


def seam(demo: Demo) -> list[list[Tile]]:
    """Blended as `convert` does, and pasted without a soft edge: much lighter, and in the network's own colours."""
    index, row = FRAMES[1], [demo.footage_tile(FRAMES[1])]
    hard = (
        "blend=alpha",
        "mask=extended",
        "mask.forehead_ratio=0.25",
        "mask.edge.erode_ratio=0",
        "mask.edge.feather_ratio=0",
    )
    lighter = settings("colour=manual", "colour.brightness=0.25", *hard)
    ways = {"blended": settings(), "pasted, lighter": lighter, "pasted, own colours": settings("colour=none", *hard)}
    for name, chosen in ways.items():
        measured, after = Seam(), demo.swapped(index, demo.network("finished"), chosen)
        measured.add(demo.frames[index].image, after.image, demo.faces[index].landmarks_682)
        row.append(demo.tile(after, f"{name}: {measured.ratio or 0:.2f}"))
    return [row]


def flicker(demo: Demo) -> list[list[Tile]]:
    """Steady, and with light that wavers by 5 %: above the frame, below what changed since the last one."""
    index = NEIGHBOURS[-1]
    above, below = [demo.footage_tile(index)], [difference(demo, demo.frames)]
    clean = {at: demo.swapped(at, demo.network("finished")) for at in NEIGHBOURS}
    wavering: dict[int, Frame] = {}
    for at, after in clean.items():
        patch = demo.patch(at, demo.network("finished"))
        image, (left, top, right, bottom) = after.image.copy(), patch.box
        place = image[top:bottom, left:right].astype(np.float32)
        light = 1 + (0.05 if at % 2 else -0.05) * patch.mask[..., None]
        image[top:bottom, left:right] = np.clip(np.rint(place * light), 0, 255).astype(np.uint8)
        wavering[at] = Frame(image, at, after.pts_s)
    for name, clip in (("steady", clean), ("wavering", wavering)):
        measured = Flicker()
        for at in NEIGHBOURS:
            measured.add(at, demo.frames[at].image, clip[at].image, demo.faces[at].landmarks_682)
        above.append(demo.tile(clip[index], f"{name}: {measured.ratio or 0:.2f}"))
        below.append(difference(demo, clip))
    return [above, below]


def difference(demo: Demo, clip: dict[int, Frame]) -> Tile:
    """What changed since the frame before, eight times as bright, both cut by the footage's landmarks."""
    last, before = NEIGHBOURS[-1], NEIGHBOURS[-2]
    views = [demo.view(clip[index].image, index).astype(np.float32) for index in (last, before)]
    changed = np.clip(8 * np.abs(views[0] - views[1]).mean(axis=2), 0, 255).astype(np.uint8)
    return Tile(np.repeat(changed[..., None], 3, axis=2), "change since the last frame")


def restored(demo: Demo) -> list[list[Tile]]:
    """The footage's own face through its own decoder."""
    index, row = FRAMES[1], list[Tile]()
    for name, caption in (("finished", "finished"), ("early", "100 steps")):
        swapper = demo.swappers[name]
        faces = HeldOutFaces(swapper.crop_spec, swapper.output_size)
        faces.add(demo.frames[index].image, demo.faces[index].landmarks_682)
        drawn = list(swapper.swap(faces.inputs, FOOTAGE).images)
        image = cv2.resize(np.clip(drawn[0] * 255, 0, 255).astype(np.uint8), (VIEW.size, VIEW.size))
        if not row:
            goal = cv2.resize(faces.goals[0], (VIEW.size, VIEW.size), interpolation=cv2.INTER_CUBIC)
            row.append(Tile(np.asarray(goal, np.uint8), f"footage, frame {index}"))
        alike = measure_alike(drawn, faces)
        said = f"{caption}: SSIM {alike['ssim']:.2f}, L1 {alike['l1']:.3f}"
        row.append(Tile(np.asarray(image, np.uint8), said, made=True))
    return [row]


SHEETS = {
    "identity": identity,
    "mouth": mouth,
    "pose": pose,
    "sharpness": sharpness,
    "mask": mask,
    "seam": seam,
    "flicker": flicker,
    "restored": restored,
}


def main(folder: Path, early: Path, names: Sequence[str] = ()) -> None:
    demo = Demo(folder, early)
    for name in names or SHEETS:
        write_sheet(Path(__file__).parents[1] / "good_and_bad" / f"{name}.jpg", SHEETS[name](demo))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
