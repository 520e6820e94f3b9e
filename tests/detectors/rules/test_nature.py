from __future__ import annotations

import cv2
import numpy as np
import pytest

from detectors.background import NOTHING, BackgroundModel, View
from detectors.rules.place import Nature, Place, nature
from ingest.frame import GREY_HEIGHT, GREY_WIDTH
from tests.detectors.rules.drawn import ground

ROWS, COLUMNS = slice(30, 60), slice(40, 90)


@pytest.mark.parametrize("pale", [1.0, 0.25])
def test_sun_on_ground_is_light_however_pale_the_ground_is_known(pale: float) -> None:
    size = (GREY_WIDTH, GREY_HEIGHT)
    place = cv2.resize(ground()[..., 0], size, interpolation=cv2.INTER_AREA).astype(np.float32)
    place[:, 55:75:6] += 60.0
    known = np.asarray(np.rint(place.mean() + pale * (place - place.mean())), np.uint8)
    shown = place.copy()
    shown[ROWS, COLUMNS] *= 1.3
    grey = np.asarray(np.clip(shown, 0, 255), np.uint8)
    mask = NOTHING.copy()
    mask[ROWS, COLUMNS] = 255
    patch = Place(40, 30, 50, 30, mask, grey[ROWS, COLUMNS], 0.0, 0.0)
    background = BackgroundModel().first(known, 0.0)
    assert nature(patch, View.of_the_place(grey), background) is Nature.LIGHT
