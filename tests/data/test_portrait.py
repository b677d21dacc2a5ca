"""Animated portraits look like the person to the tools that look at them, and do what they are told."""

import numpy as np
import pytest

from faceswap_lab.core.errors import FootageError
from faceswap_lab.data.animation import Moment, animate
from faceswap_lab.data.portrait import PORTRAITS, load_portrait
from faceswap_lab.data.portrait_render import PortraitRenderer
from faceswap_lab.faces.expression import mouth_opening
from faceswap_lab.faces.finder import FaceFinder, build_finder


@pytest.fixture(scope="module")
def renderers() -> dict[str, PortraitRenderer]:
    return {name: PortraitRenderer(load_portrait(name)) for name in PORTRAITS}


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return build_finder()


@pytest.mark.parametrize("name", PORTRAITS)
def test_the_face_is_found_and_its_mouth_followed(
    name: str, renderers: dict[str, PortraitRenderer], finder: FaceFinder
) -> None:
    wanted, found = [], []
    for moment in animate(4, num_frames=250)[::25]:
        image, landmarks = renderers[name].render(moment)
        faces = finder.find(image)
        assert faces, moment
        unit = np.linalg.norm(landmarks[45] - landmarks[36])
        apart = np.linalg.norm(faces[0].landmarks_682[17:] - landmarks[17:], axis=1).mean()
        assert apart < 0.1 * unit, "what the renderer says and what the landmarker sees"
        assert faces[0].box_4[3] - faces[0].box_4[1] > 160
        wanted.append(moment.mouth_opening)
        found.append(mouth_opening(faces[0].landmarks_682))
    assert np.corrcoef(wanted, found)[0, 1] > 0.9


@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("opening", [0.0, 0.15, 0.35])
def test_landmarks_show_the_wanted_opening(name: str, opening: float, renderers: dict[str, PortraitRenderer]) -> None:
    _, landmarks = renderers[name].render(Moment(mouth_opening=opening))
    assert mouth_opening(landmarks) == pytest.approx(opening, abs=0.03)


@pytest.mark.parametrize("name", PORTRAITS)
def test_the_head_turns_the_way_it_is_told(name: str, renderers: dict[str, PortraitRenderer]) -> None:
    def nose(moment: Moment) -> np.ndarray:
        landmarks = renderers[name].render(moment)[1]
        return landmarks[30] - landmarks[[36, 45]].mean(0)

    still = nose(Moment())
    assert nose(Moment(yaw_deg=15.0))[0] < still[0] - 5
    assert nose(Moment(yaw_deg=-15.0))[0] > still[0] + 5
    assert nose(Moment(pitch_deg=10.0))[1] < still[1] - 5
    eyes = renderers[name].render(Moment(roll_deg=10.0))[1]
    assert eyes[45, 1] > eyes[36, 1] + 10, "clockwise as seen"


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_blink_covers_the_eyes_and_nothing_else(name: str, renderers: dict[str, PortraitRenderer]) -> None:
    image, landmarks = renderers[name].render(Moment())
    closed = renderers[name].render(Moment(lids=1.0))[0]
    changed = np.abs(closed.astype(int) - image).max(2) > 12
    rows, columns = np.nonzero(changed)
    assert len(rows) > 100
    unit = np.linalg.norm(landmarks[45] - landmarks[36])
    eyes = landmarks[36:48]
    assert rows.min() > eyes[:, 1].min() - 0.15 * unit
    assert rows.max() < eyes[:, 1].max() + 0.15 * unit
    assert columns.min() > eyes[:, 0].min() - 0.05 * unit
    assert columns.max() < eyes[:, 0].max() + 0.05 * unit


def test_the_background_stays_where_it_is(renderers: dict[str, PortraitRenderer]) -> None:
    still = renderers["hopper"].render(Moment())[0]
    turned = renderers["hopper"].render(Moment(yaw_deg=20.0, pitch_deg=-8.0, mouth_opening=0.3))[0]
    np.testing.assert_array_equal(turned[:, :60], still[:, :60])
    np.testing.assert_array_equal(turned[:, -60:], still[:, -60:])
    assert (turned != still).any()


def test_the_same_moment_gives_the_same_frame_of_the_asked_size() -> None:
    moment = animate(2, num_frames=40)[-1]
    first, second = (PortraitRenderer(load_portrait("astronaut"), frame_px=256).render(moment)[0] for _ in range(2))
    assert first.shape == (256, 256, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)


def test_an_unknown_portrait_is_refused_in_one_line() -> None:
    with pytest.raises(FootageError, match=r"^no portrait is called 'mona'; there are astronaut, hopper$"):
        load_portrait("mona")
