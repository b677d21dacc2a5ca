"""The box that dlib's landmark trees were trained to start from: the one of dlib's own HOG detector."""

import numpy as np

from faceswap_lab.faces.face import Detection, FloatArray

# A HOG box is a square. Measured against the five keypoints' centre and spread (root of their mean squared distance
# from the centre), over 85 faces that both detectors find, every source weighted alike: experiments/mtcnn_box.
_SIDE_IN_SPREADS = 3.75
_RISE_IN_SPREADS = 0.19


def hog_box(detection: Detection) -> FloatArray:
    """The HOG-shaped box of a face, x0 y0 x1 y1 in frame pixels.

    Args:
        detection: With keypoints, the box is placed on them; a detection without keypoints is one of the HOG
            detector, whose box stays as it is. Other detectors' boxes frame more or less of the head, and all of them
            change shape as it turns, so that scaling them doubles the landmarks' error on turned heads.
    """
    if detection.keypoints_52 is None:
        return detection.box_4
    centre = detection.keypoints_52.mean(0)
    spread = float(np.sqrt(np.square(detection.keypoints_52 - centre).sum(1).mean()))
    centre = centre - [0.0, _RISE_IN_SPREADS * spread]
    half = _SIDE_IN_SPREADS * spread / 2
    return np.concatenate([centre - half, centre + half])
