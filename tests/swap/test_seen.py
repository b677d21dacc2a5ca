"""The faces of frame after frame, where a tracker follows them between two looks of the detector."""

import json
from functools import cache

import numpy as np

from faceswap_lab.data.animation import animate
from faceswap_lab.data.portrait import PORTRAITS, load_portrait
from faceswap_lab.data.portrait_render import PortraitRenderer
from faceswap_lab.faces.face import OUTER_EYES, Detection
from faceswap_lab.faces.finder import FaceFinder, build_finder
from faceswap_lab.faces.trackers.landmarks import Landmarks
from faceswap_lab.media.frame import Frame
from faceswap_lab.swap.seen import FrameFaces

NUM_FRAMES, EVERY = 12, 5


@cache
def frames() -> list[Frame]:
    renderer = PortraitRenderer(load_portrait(PORTRAITS[0]))
    images = [renderer.render(moment)[0] for moment in animate(5, num_frames=NUM_FRAMES, fps=25)]
    return [Frame(index=k, pts=k, time_base=None, pts_s=k / 25, pixels=image) for k, image in enumerate(images)]


class Counting:
    """A detector that counts how often it is asked."""

    def __init__(self, finder: FaceFinder) -> None:
        self.name, self._detector, self.num_calls = finder.detector.name, finder.detector, 0

    def detect(self, image: np.ndarray) -> list[Detection]:
        self.num_calls += 1
        return self._detector.detect(image)


def counted() -> tuple[FaceFinder, Counting]:
    finder = build_finder()
    detector = Counting(finder)
    return FaceFinder(detector, finder.landmarker), detector


def test_a_tracker_asks_the_detector_now_and_then_and_finds_the_same_face() -> None:
    (plain, every), (followed, now_and_then) = counted(), counted()
    anew, carried = FrameFaces(plain), FrameFaces(followed, tracker=Landmarks(every=EVERY))
    for frame in frames():
        (one,), (other,) = anew.of(frame), carried.of(frame)
        assert one.track == other.track == 0
        right, left = OUTER_EYES
        unit = np.linalg.norm(one.face.landmarks_682[right] - one.face.landmarks_682[left])
        off = np.linalg.norm(one.face.landmarks_682 - other.face.landmarks_682, axis=1).mean()
        assert off < 0.05 * unit
    assert every.num_calls == NUM_FRAMES
    assert now_and_then.num_calls == -(-NUM_FRAMES // EVERY)


def test_it_goes_on_from_its_memory() -> None:
    whole, first, second = (FrameFaces(counted()[0], tracker=Landmarks(every=EVERY)) for _ in range(3))
    expected = [whole.of(frame) for frame in frames()]
    for frame in frames()[:7]:
        first.of(frame)
    second.restore(json.loads(json.dumps(first.memory())))
    for frame, wanted in zip(frames()[7:], expected[7:], strict=True):
        for one, other in zip(second.of(frame), wanted, strict=True):
            np.testing.assert_array_equal(one.face.landmarks_682, other.face.landmarks_682)
            assert one.track == other.track
