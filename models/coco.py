"""The 80 object classes of COCO 2017, in the order that most COCO-trained detectors use."""

from __future__ import annotations

COCO80: tuple[str, ...] = (
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "traffic light",
    "fire hydrant",
    "stop sign",
    "parking meter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "backpack",
    "umbrella",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sports ball",
    "kite",
    "baseball bat",
    "baseball glove",
    "skateboard",
    "surfboard",
    "tennis racket",
    "bottle",
    "wine glass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hot dog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "potted plant",
    "bed",
    "dining table",
    "toilet",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cell phone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddy bear",
    "hair drier",
    "toothbrush",
)

_NUMBERS_WITHOUT_A_CLASS = (0, 12, 26, 29, 30, 45, 66, 68, 69, 71, 83)
"""Of COCO's own numbers, 1 to 90, ten were dropped between its paper and its data."""


def _by_number() -> tuple[str, ...]:
    names = iter(COCO80)
    return tuple(
        f"number {number}" if number in _NUMBERS_WITHOUT_A_CLASS else next(names)
        for number in range(91)
    )


COCO91 = _by_number()
"""The same classes, each at COCO's own number: an output for every number, as RF-DETR has it."""
