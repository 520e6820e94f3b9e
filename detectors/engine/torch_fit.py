"""Pictures into a model's input, on the device that runs it: bytes go up, floats are made there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from detectors.engine.fit import Placement, placement
from detectors.engine.protocol import Picture
from models.card import ModelInput


class DeviceFit:
    """`detectors.engine.fit` on a device, for one model's input."""

    def __init__(self, wanted: ModelInput, device: torch.device, dtype: torch.dtype) -> None:
        self._wanted = wanted
        self._device = device
        self._dtype = dtype
        mean, std = (torch.tensor(each).view(1, 3, 1, 1) for each in (wanted.mean, wanted.std))
        self._gain = (wanted.scale / std).to(device, dtype)
        self._bias = (-mean / std).to(device, dtype)
        self._padding = wanted.pad * self._gain + self._bias

    def __call__(self, pictures: Sequence[Picture]) -> tuple[torch.Tensor, list[Placement]]:
        """The input (N, 3, height, width), and where each picture lies in it.

        Pictures of one size go up together. Nothing here waits for the device.
        """
        sides = self._wanted.height, self._wanted.width
        tensor = self._padding.expand(len(pictures), 3, *sides).contiguous()
        places = [placement(p.shape[0], p.shape[1], self._wanted) for p in pictures]
        sizes = [picture.shape for picture in pictures]
        for size in dict.fromkeys(sizes):
            members = [index for index, other in enumerate(sizes) if other == size]
            place = places[members[0]]
            inner = self._scaled([pictures[index] for index in members], place)
            rows = slice(place.top, place.top + place.height)
            columns = slice(place.left, place.left + place.width)
            if len(members) == len(pictures):
                tensor[:, :, rows, columns] = inner
            else:
                for index, each in zip(members, inner, strict=True):
                    tensor[index, :, rows, columns] = each
        return tensor, places

    def _scaled(self, pictures: Sequence[Picture], place: Placement) -> torch.Tensor:
        height, width, _ = pictures[0].shape
        # Pinned memory is copied while the processor goes on; PyTorch keeps it for the next batch.
        host = torch.empty(
            (len(pictures), height, width, 3),
            dtype=torch.uint8,
            pin_memory=self._device.type == "cuda",
        )
        for target, picture in zip(host.numpy(), pictures, strict=True):
            np.copyto(target, picture)
        pixels = host.to(self._device, non_blocking=True).permute(0, 3, 1, 2).to(self._dtype)
        if (height, width) != (place.height, place.width):
            size = place.height, place.width
            pixels = functional.interpolate(pixels, size, mode="bilinear", align_corners=False)
        if self._wanted.channels == "rgb":
            pixels = pixels.flip(1)
        return pixels * self._gain + self._bias
