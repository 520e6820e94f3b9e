"""Non-maximum suppression: of boxes that show one thing, the most confident stays."""

from __future__ import annotations

import cv2
import numpy as np

from detectors.engine.decoder import Candidates

MOST_CANDIDATES = 1000
"""The most confident boxes that are compared. A dense crowd at confidence 0.01 gives about 900; an
over-trained or wrongly scaled model gives every cell, and comparing 8,400 boxes with each other
takes seconds."""

MOST_DETECTIONS = 300
"""The most that one picture may hold: COCO evaluates 100, and nobody counts more by boxes."""


def suppress(candidates: Candidates, iou: float) -> Candidates:
    """Those that no more confident box of the same class overlaps by more than `iou`.

    Ordered by falling confidence. Boxes that are not finite, as broken weights give, are left out.
    """
    finite = np.asarray(np.isfinite(candidates.xyxy).all(axis=1))
    candidates = candidates[finite]
    if not len(candidates.confidence):
        return candidates
    order = np.argsort(-candidates.confidence, kind="stable")[:MOST_CANDIDATES]
    best = candidates[order]
    boxes = best.xyxy.astype(np.float64)
    boxes[:, 2:] -= boxes[:, :2]
    kept = cv2.dnn.NMSBoxesBatched(
        boxes.tolist(), best.confidence.tolist(), best.class_id.tolist(), 0.0, iou
    )
    return best[np.sort(np.asarray(kept, np.int64))[:MOST_DETECTIONS]]
