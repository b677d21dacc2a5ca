"""The landmark hull with the forehead."""

from __future__ import annotations

from faceswap_lab.swap.masks.hull import Hull


class Extended(Hull):
    """`Hull` up to the hairline: for crops of kind ``whole`` or ``head``; in a narrower one the crop's border ends it.

    Args:
        forehead_ratio: See ``faceswap_lab.faces.maskers.hull.hull_mask``.
        erode_ratio: See `Edge`.
        feather_ratio: See `Edge`.
        guard_ratio: See `Edge`.
        top: See `Edge`, as are ``bottom``, ``left`` and ``right``.
        feather: See `Edge`.
    """

    def __init__(
        self,
        *,
        forehead_ratio: float = 0.5,
        erode_ratio: float = -0.03,
        feather_ratio: float = 0.1,
        guard_ratio: float = 1 / 32,
        top: float = 0.0,
        bottom: float = 0.0,
        left: float = 0.0,
        right: float = 0.0,
        feather: str = "gaussian",
    ) -> None:
        super().__init__(
            forehead_ratio=forehead_ratio,
            erode_ratio=erode_ratio,
            feather_ratio=feather_ratio,
            guard_ratio=guard_ratio,
            top=top,
            bottom=bottom,
            left=left,
            right=right,
            feather=feather,
        )
