"""An ONNX graph that draws faces, ours or anybody's, run by onnxruntime: RGB faces in, faces and masks out.

Shape letters: B batch, S side of a face in px.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceswap_lab.core.errors import CheckpointError
from faceswap_lab.faces.crop import MAX_SIZE
from faceswap_lab.swap.export.contract import CONTRACTS, DFM, Contract
from faceswap_lab.swap.onnx_runtime import open_session, run_session

FloatArray = NDArray[np.float32]


class DrawnByGraph(NamedTuple):
    """What a graph draws, whatever its contract; float32 in [0, 1].

    Attributes:
        image_B3SS: RGB.
        mask_B1SS: Its mask.
        footage_mask_B1SS: The mask of the face in the footage; None where the graph has none.
    """

    image_B3SS: FloatArray
    mask_B1SS: FloatArray
    footage_mask_B1SS: FloatArray | None


class OnnxGraph:
    """Runs a graph by the contract that its names tell.

    Args:
        content: Bytes of the file, see ``onnx_file.read_graph``.
        name: The file's, for messages.
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        CheckpointError: It cannot be run, or draws no faces by a contract that we know.
        ConfigError: onnxruntime is not installed, or has no such device.
    """

    def __init__(self, content: bytes, *, name: str, device: str = "cpu") -> None:
        self._name, self._num_bytes = name, len(content)
        self._session: Any = open_session(content, device=device, name=name)
        inputs, outputs = self._session.get_inputs(), [output.name for output in self._session.get_outputs()]
        self._contract = self._find_contract([given.name for given in inputs])
        self._inputs = [given.name for given in inputs]
        self._wanted = self._find_outputs(outputs)
        self.morphs = len(inputs) > 1
        self.input_size = self._find_size(inputs[0])
        self._is_one_by_one = inputs[0].shape[0] == 1
        self.output_size = self._blank().image_B3SS.shape[-1]

    @property
    def providers(self) -> list[str]:
        """What onnxruntime runs it by, in order."""
        return self._session.get_providers()

    def draw(self, faces_B3SS: FloatArray, strength: float | None = None) -> DrawnByGraph:
        """Draws faces.

        Args:
            faces_B3SS: RGB in [0, 1].
            strength: For a graph that takes one; 1 where it is not given.

        Raises:
            CheckpointError: The runtime fails, or the graph draws what is no face.
        """
        if self._is_one_by_one and len(faces_B3SS) > 1:
            drawn = [self.draw(faces_B3SS[index : index + 1], strength) for index in range(len(faces_B3SS))]
            footage_masks = [of_one.footage_mask_B1SS for of_one in drawn if of_one.footage_mask_B1SS is not None]
            return DrawnByGraph(
                np.concatenate([of_one.image_B3SS for of_one in drawn]),
                np.concatenate([of_one.mask_B1SS for of_one in drawn]),
                np.concatenate(footage_masks) if footage_masks else None,
            )
        is_nhwc_bgr = self._contract.is_nhwc_bgr
        faces = faces_B3SS[:, ::-1].transpose(0, 2, 3, 1) if is_nhwc_bgr else faces_B3SS
        feed = {self._inputs[0]: np.ascontiguousarray(faces, np.float32)}
        if self.morphs:
            feed[self._inputs[1]] = np.array([1.0 if strength is None else strength], np.float32)
        outputs = run_session(self._session, self._wanted, feed, num_bytes=self._num_bytes, name=self._name)
        if is_nhwc_bgr:
            outputs = [output.transpose(0, 3, 1, 2) if output.ndim == 4 else output for output in outputs]
        *footage_mask, image, mask = [np.clip(output.astype(np.float32, copy=False), 0, 1) for output in outputs]
        self._check_shapes(image, mask, *footage_mask)
        image = np.ascontiguousarray(image[:, ::-1] if is_nhwc_bgr else image)
        return DrawnByGraph(image, mask, footage_mask[0] if footage_mask else None)

    def _blank(self) -> DrawnByGraph:
        return self.draw(np.zeros((1, 3, self.input_size, self.input_size), np.float32))

    def _find_contract(self, inputs: list[str]) -> Contract:
        for contract in CONTRACTS.values():
            if inputs and _bare(contract.faces) in inputs[0]:
                if len(inputs) > 2:
                    raise self._not_ours(f"it takes {len(inputs)} inputs, {', '.join(inputs)}")
                return contract
        raise self._not_ours(f"its first input is {inputs[0] if inputs else 'missing'}")

    def _find_outputs(self, outputs: list[str]) -> list[str]:
        bare = {_bare(name): name for name in outputs}
        missing = [name for name in self._contract.outputs if _bare(name) not in bare]
        if missing:
            raise self._not_ours(f"its outputs are {', '.join(outputs)}")
        return [bare[_bare(name)] for name in self._contract.outputs]

    def _find_size(self, given: Any) -> int:
        shape = list(given.shape)
        places = (1, 2, 3) if self._contract.is_nhwc_bgr else (2, 3, 1)
        height, width, channels = [shape[place] for place in places] if len(shape) == 4 else (0, 0, 0)
        if given.type != "tensor(float)" or channels != 3 or height != width or not _is_side(height):
            raise self._not_ours(f"its input has the shape {shape} of {given.type}, not that of square float faces")
        return int(height)

    def _check_shapes(self, image: FloatArray, *masks: FloatArray) -> None:
        side = image.shape[-1] if image.ndim == 4 else 0
        if image.ndim != 4 or image.shape[1:] != (3, side, side):
            raise self._not_ours(f"its face has the shape {image.shape}")
        for mask in masks:
            if mask.shape[1:] != (1, side, side):
                raise self._not_ours(f"its mask has the shape {mask.shape} beside a face of {side} px")

    def _not_ours(self, why: str) -> CheckpointError:
        return CheckpointError(
            f"checkpoint {self._name}: {why}; a .dfm takes {DFM.faces}, (B, S, S, 3) in BGR, and gives "
            f"{', '.join(DFM.outputs)}"
        )


def _bare(name: str) -> str:
    """A name without TensorFlow's number of the output."""
    return name.partition(":")[0]


def _is_side(value: Any) -> bool:
    return isinstance(value, int) and 0 < value <= MAX_SIZE
