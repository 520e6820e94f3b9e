from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from command_center.placement.rendezvous import owner

SHARDS = tuple(f"shard-{index}" for index in range(8))


@given(st.text(min_size=1), st.permutations(SHARDS))
def test_everybody_answers_the_same_whatever_the_order(camera: str, shards: list[str]) -> None:
    assert owner(camera, shards) == owner(camera, SHARDS)


@given(st.text(min_size=1), st.sampled_from(SHARDS))
def test_a_shard_that_goes_moves_only_its_own_cameras(camera: str, gone: str) -> None:
    before = owner(camera, SHARDS)
    after = owner(camera, [shard for shard in SHARDS if shard != gone])
    assert before in {after, gone}


@given(st.text(min_size=1), st.integers(1, 7))
def test_a_shard_that_comes_takes_cameras_and_moves_none_between_the_others(
    camera: str, count: int
) -> None:
    before, after = owner(camera, SHARDS[:count]), owner(camera, SHARDS[: count + 1])
    assert after in {before, SHARDS[count]}


@given(st.integers(2, 8), st.integers(0, 1 << 32))
def test_a_shard_that_comes_takes_its_share(count: int, town: int) -> None:
    cameras = [f"camera-{town}-{index}" for index in range(700)]
    moved = sum(owner(c, SHARDS[: count - 1]) != owner(c, SHARDS[:count]) for c in cameras)
    # One in `count`; six standard deviations to each side.
    share = 700 / count
    assert abs(moved - share) < 6 * (share * (1 - 1 / count)) ** 0.5


def test_seven_hundred_cameras_spread_evenly() -> None:
    shares = Counter(owner(f"camera-{index}", SHARDS) for index in range(700))
    # 87.5 each; a fair spread has a standard deviation of 8.75.
    assert 52 <= min(shares.values()) <= max(shares.values()) <= 123
