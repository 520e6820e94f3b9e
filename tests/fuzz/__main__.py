"""Fuzz one harness: `python -m tests.fuzz NAME SECONDS [-libFuzzer-option …]`.

Needs the extra `fuzz` (atheris). New inputs go to `.fuzz/NAME`; what is kept in the repository is
`corpus/NAME`, brought up to date by `tests.fuzz.keep`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest"]):
    from tests.fuzz.registry import HARNESSES

CORPUS = Path(__file__).with_name("corpus")
RSS_LIMIT = 1024
"""MB: libav and OpenCV take 200 of them."""
TIMEOUT = 10
"""Seconds for one input; the slowest good one takes 0.05 s on an idle machine."""


def main(arguments: list[str]) -> None:
    """Run until the time is over or something is found; libFuzzer ends the process."""
    if len(arguments) < 2 or arguments[0] not in HARNESSES:
        sys.exit(f"usage: python -m tests.fuzz NAME SECONDS; names are {', '.join(HARNESSES)}")
    name, seconds, *more = arguments
    harness = HARNESSES[name]
    work = Path(".fuzz") / name
    work.mkdir(parents=True, exist_ok=True)
    folders = [str(work), str(CORPUS / name)] if (CORPUS / name).is_dir() else [str(work)]
    limits = [
        f"-max_total_time={int(seconds)}",
        f"-rss_limit_mb={RSS_LIMIT}",
        f"-timeout={TIMEOUT}",
        f"-max_len={harness.max_len}",
        f"-artifact_prefix={work}/",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *limits, *more, *folders], harness.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
