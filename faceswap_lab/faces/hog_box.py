"""The box that dlib's landmark trees were trained to start from: the one of dlib's own HOG detector."""

import numpy as np

from faceswap_lab.faces.face import Detection, FloatArray

# A HOG box is a square. Measured against the five keypoints' centre and spread (root of their mean squared distance
# from the centre), over 85 faces that both detectors find, every source weighted alike: experiments/mtcnn_box.
_SIDE_IN_SPREADS = 3.75
_RISE_IN_SPREADS = 0.19

# The same of boxes without keypoints, against the root of their area: side, and how far the middle moves up. Medians
# over 30 faces of 11 people that both detectors find. `wider`: boxes as the WIDER FACE set has them, hairline to chin;
# measured on MTCNN's, which was trained on that set as S3FD was, whose weights were not at hand.
_OTHER_BOXES = {"dlib_mmod": (1.04, -0.05), "wider": (0.96, -0.05)}


def hog_box(detection: Detection) -> FloatArray:
    """The HOG-shaped box of a face, x0 y0 x1 y1 in frame pixels.

    Args:
        detection: With keypoints, the box is placed on them; a detection without them brings its ``hog_box_4`` or is
            one of the HOG detector, whose box stays as it is. Other detectors' boxes frame more or less of the head,
            and all of them change shape as it turns, so that scaling them doubles the landmarks' error on turned heads.
    """
    if detection.keypoints_52 is None:
        return detection.box_4 if detection.hog_box_4 is None else detection.hog_box_4
    centre = detection.keypoints_52.mean(0)
    spread = float(np.sqrt(np.square(detection.keypoints_52 - centre).sum(1).mean()))
    centre = centre - [0.0, _RISE_IN_SPREADS * spread]
    half = _SIDE_IN_SPREADS * spread / 2
    return np.concatenate([centre - half, centre + half])


def hog_box_from(box_4: FloatArray, kind: str) -> FloatArray:
    """The HOG-shaped box of an upright face of which only another detector's box is known, frame pixels.

    Args:
        box_4: That box.
        kind: Whose: one of ``_OTHER_BOXES``.

    Returns:
        A first guess; landmarkers that start from it look a second time from their own first answer.
    """
    side_share, rise_share = _OTHER_BOXES[kind]
    side = float(np.sqrt(np.prod(box_4[2:] - box_4[:2])))
    centre = (box_4[:2] + box_4[2:]) / 2 - [0.0, rise_share * side]
    half = side_share * side / 2
    return np.concatenate([centre - half, centre + half])
