"""What has to hold for outputs that are laid over footage elsewhere."""

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.provenance.marks import Marks


def check_layer_marks(name: str, marks: Marks) -> None:
    """Refuses a layer without the label where the clip keeps its watermark: laid over footage it would carry neither.

    Args:
        name: Of the companion.
        marks: What the clip carries.

    Raises:
        ConfigError: There is no label, and no stated reason for leaving the marks out.
    """
    if marks.label is None and marks.watermark is not None:
        raise ConfigError(
            f"also={name} needs the visible label, since no watermark can be read from footage that it is laid over; "
            "leave provenance= at labelled, or leave also= out"
        )
