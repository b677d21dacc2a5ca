"""What one logit sees, and that both kinds see the face where it is."""

import pytest
import torch

from faceswap_lab.core.errors import ConfigError
from faceswap_lab.models.discriminators.unet_patch import UnetPatch, field_of_view, strides_for


@pytest.mark.parametrize(
    ("strides", "side"), [((1,), 3), ((2,), 3), ((2, 1), 7), ((2, 2), 7), ((2, 2, 2), 15), ((1, 1, 1), 7)]
)
def test_field_of_view_is_that_of_its_gradient(strides: tuple[int, ...], side: int) -> None:
    assert field_of_view(strides) == side
    image = torch.zeros(1, 1, 64, 64, requires_grad=True)
    maps = image
    for stride in strides:
        maps = torch.nn.functional.conv2d(maps, torch.ones(1, 1, 3, 3), stride=stride, padding=1)
    maps[0, 0, maps.shape[2] // 2, maps.shape[3] // 2].backward()
    assert image.grad is not None
    assert int((image.grad != 0).any(2).sum()) == side


@pytest.mark.parametrize("patch", [8, 12, 16, 28, 32])
def test_the_stack_sees_nearly_a_patch(patch: int) -> None:
    assert abs(field_of_view(strides_for(patch)) - patch) <= 1
    assert 2 in strides_for(patch)


@pytest.mark.parametrize("side", [32, 50, 64])
def test_logits_are_of_patches_and_of_pixels(side: int) -> None:
    patches, pixels = UnetPatch(patch=16, channels=4)(torch.rand(2, 3, side, side))
    assert pixels.shape == (2, 1, side, side)
    assert patches.shape[:2] == (2, 1)
    assert side // 16 <= patches.shape[-1] < side


def test_a_change_reaches_its_own_pixels_logits_most() -> None:
    torch.manual_seed(0)
    net = UnetPatch(patch=8, channels=8)
    image = torch.full((1, 3, 48, 48), 0.5)
    changed = image.clone()
    changed[..., 8:12, 30:34] = 1
    difference = (net(changed)[1] - net(image)[1])[0, 0].abs()
    row, column = divmod(int(difference.argmax()), 48)
    assert 4 <= row < 16
    assert 26 <= column < 38
    assert not difference[40:, :10].any()


@pytest.mark.parametrize("options", [{"patch": 2}, {"channels": 0}])
def test_sizes_out_of_range_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=r"training\.discriminator"):
        UnetPatch(**options)
