"""Code, canvas, layout and statistics of the watermark, each against a reference or its own promise."""

import numpy as np
import pytest
import scipy.fft
from hypothesis import given, settings
from hypothesis import strategies as st

from faceswap_lab.provenance.watermark.canvas import BLOCK, BLOCKS, SHAPE, SIDE, canvas_from, coefficients_of, luma_of
from faceswap_lab.provenance.watermark.code import CODE_BITS, decode, encode
from faceswap_lab.provenance.watermark.layout import Layout
from faceswap_lab.provenance.watermark.reading import say
from faceswap_lab.provenance.watermark.statistics import log_p_value

payloads = st.integers(0, 2**32 - 1)


@given(payloads, st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_code_corrects_what_its_distance_promises(payload: int, seed: int) -> None:
    """Any 11 wrong bits of 128: half of the free distance of 24, rounded down."""
    word = encode(payload)
    word[np.random.default_rng(seed).choice(CODE_BITS, 11, replace=False)] *= -1
    assert decode(word) == payload


def test_code_reads_through_noise_as_strong_as_the_bits() -> None:
    rng = np.random.default_rng(4)
    sent = [int(rng.integers(2**32)) for _ in range(40)]
    assert [decode(encode(payload) + rng.normal(size=CODE_BITS)) for payload in sent].count(0) == 0
    right = sum(decode(encode(payload) + rng.normal(size=CODE_BITS)) == payload for payload in sent)
    assert right >= 39


def test_code_words_are_far_apart() -> None:
    words = np.stack([encode(1 << bit) for bit in range(32)] + [encode(0), encode(2**32 - 1), encode(0x0F0F0F0F)])
    distances = (CODE_BITS - words @ words.T) / 2
    assert distances[~np.eye(len(words), dtype=bool)].min() >= 24


@pytest.mark.parametrize("payload", [-1, 2**32])
def test_code_refuses_what_does_not_fit(payload: int) -> None:
    with pytest.raises(ValueError, match="32 bits"):
        encode(payload)


def test_coefficients_are_those_of_the_dct() -> None:
    canvas = np.random.default_rng(0).uniform(0, 255, (SIDE, SIDE)).astype(np.float32)
    blocks = canvas.reshape(BLOCKS, BLOCK, BLOCKS, BLOCK).transpose(0, 2, 1, 3)
    expected = scipy.fft.dctn(blocks, axes=(2, 3), norm="ortho")
    found = coefficients_of(canvas)
    for index, (row, column) in enumerate([(0, 1), (1, 0), (1, 1)]):
        np.testing.assert_allclose(found[index], expected[:, :, row, column], atol=1e-3)


def test_canvas_has_the_coefficients_asked_for_and_moves_no_mean() -> None:
    wanted = np.random.default_rng(1).normal(size=SHAPE)
    canvas = canvas_from(wanted)
    np.testing.assert_allclose(coefficients_of(canvas), wanted, atol=2e-4)
    np.testing.assert_allclose(canvas.reshape(BLOCKS, BLOCK, BLOCKS, BLOCK).mean(axis=(1, 3)), 0, atol=1e-4)


def test_canvas_is_smooth_at_the_blocks_edges() -> None:
    canvas = canvas_from(np.random.default_rng(1).normal(size=SHAPE))
    steps = np.abs(np.diff(canvas, axis=1)).mean(axis=0)
    at_edges = steps[BLOCK - 1 :: BLOCK].mean()
    assert at_edges < 1.6 * steps.mean()  # of the blocks' own cosines: more than 2.5


def test_luma_is_the_same_in_8_and_16_bits() -> None:
    frame = np.random.default_rng(2).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    assert np.abs(luma_of(frame) - luma_of(frame.astype(np.uint16) * 257)).max() <= 0.51


def test_layout_is_the_keys_alone() -> None:
    one, again, other = Layout(b"one"), Layout(b"one"), Layout(b"other")
    np.testing.assert_array_equal(one.phase, again.phase)
    np.testing.assert_array_equal(one.carriers, again.carriers)
    assert np.abs(np.corrcoef(one.phase.ravel(), other.phase.ravel())[0, 1]) < 0.1
    pilots = np.flatnonzero(np.concatenate([np.zeros(2 * BLOCKS**2, bool), one.pilot.ravel()]))
    assert sorted([*one.carriers.ravel(), *pilots]) == list(range(3 * BLOCKS**2))
    assert (one.signs(encode(7))[2][one.pilot] == 1).all()


@pytest.mark.parametrize("kind", ["flat", "texture", "twelve alike"])
def test_chance_agrees_no_more_often_than_stated(kind: str) -> None:
    """Over keys, for one picture and one code word: the bound holds at every level, and is not empty either."""
    rng = np.random.default_rng(3)
    frames = {
        "flat": np.zeros((1, *SHAPE)),
        "texture": rng.normal(0, 80, (1, *SHAPE)),
        "twelve alike": rng.normal(0, 80, SHAPE) + rng.normal(0, 2, (12, *SHAPE)),
    }[kind]
    said = say(frames).sum(axis=0)
    layouts = [Layout(bytes([k % 256, k // 256])) for k in range(3000)]
    word = encode(0x12345678)
    logs = np.array(
        [
            log_p_value(said * np.exp(-1j * layout.phase), layout.signs(word), 2.0**-32)  # one code word, not 2**32
            for layout in layouts
        ]
    )
    for level in (0.3, 0.1, 0.01):
        assert np.mean(logs <= np.log(level)) <= level
    assert np.mean(logs <= np.log(0.3)) > 0.03
