"""Judges single looks at a camera's picture against what it usually is, by day and by night.

what is seen                                              verdict
no structure, and lost suddenly, or for longer than a night   covered
the same after light that had only just come, as of a lamp    unsure
the usual edges are gone, others stand in their place         moved
the fine detail is gone                                       blurred
the usual light's baseline is not learned yet, or in between  unsure
otherwise                                                     well
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from ingest.condition.baseline import Average, Baseline, Light, kept_of, light_of
from ingest.condition.look import Look, shown_in
from ingest.condition.policy import ConditionPolicy

BLANK = 0.15
"""Part of the usually structured tiles below which a picture shows nothing; a hand over the lens
leaves none, a lamp in the dark one or two."""
CLEAR = 0.5
"""Part of the usually structured tiles from which it shows something."""
LEAST_SHOWN = 6
"""Tiles of 32. A camera that never shows more (a bare wall) cannot be judged by its edges."""
BLURRED = 0.4
"""Part of the usual sharpness. On the shared clips single looks stay above 0.45 of their median,
and a blur of 2 pixels at 640×360 brings all but one of them below 0.35."""
WIDELY = 12
"""Usually structured tiles of 32 from which their loss alone tells of a cover. Where there are
fewer, as on a pale car park, dusk takes the last of them within a minute as well, and the
brightness must have changed too."""
LEAP = 30.0
"""Grey levels of the mean by which a cover changes the brightness, within `sudden`."""
STRAY = 3.0
"""Mean distances from the usual sharpness that a blurred picture must lie away as well."""
MOVED = 0.5
"""Part of the usually kept tiles. What covers half the view is no other view."""
EASY = 0.85
"""Part of the usually kept tiles below which looks are taken more often, to see where it goes: the
recent average needs ten of them to forget the view before."""
STEADY = 0.6
"""Kept tiles from one look to the next, below which a camera's view is not steady enough to say
that it moved: one held in the hand, one that patrols."""
SETTLED = 0.75
"""Part of the usual steadiness that a new view must have: crowds change, a turned camera stays."""
RECENT, SLOW = 1 / 4, 1 / 8
"""Weights of a look in the recent average and in the baseline."""
RECENT_LOOKS = 4
HABIT = 2
"""Sudden dark spells that ended by themselves, after which the light is known to be switched."""
SPELLS = 8
"""Of which so many are remembered."""
LONGER = 2.0
"""Times the longest light before such spells: light that stood longer is no switched one."""


NEVER = float("-inf")


class Verdict(StrEnum):
    WELL = "well"
    UNSURE = "unsure"
    STRANGE = "strange"
    COVERED = "covered"
    MOVED = "moved"
    BLURRED = "blurred"


class Scene:
    """One camera's baselines: 11 kB when both lights have been seen."""

    __slots__ = (
        "_baselines",
        "_blank",
        "_light",
        "_policy",
        "_recent",
        "_spells",
        "_stands_since",
        "_structured",
        "uneasy",
    )

    def __init__(self, policy: ConditionPolicy) -> None:
        self._policy = policy
        self._baselines: dict[Light, Baseline] = {}
        self._light: Light | None = None
        self._recent = Average()
        self._structured = NEVER, 0.0
        self._blank: tuple[float, bool] | None = None
        self._stands_since = NEVER
        """From when on it shows something, after the last blank; of a start nobody knows."""
        self._spells: deque[tuple[float, float]] = deque(maxlen=SPELLS)
        """Of sudden dark spells that ended by themselves: when, and the seconds of light before."""
        self.uneasy = False
        """Whether the view has changed enough to be looked at more often."""

    def judge(self, look: Look, now: float, *, learn: bool) -> Verdict:
        """What one look says. `learn`: nothing is suspected, so it may teach the baseline."""
        shown = shown_in(look.edges)
        usual = self._usually_shown(now)
        if shown < max(1.0, BLANK * usual):
            self._recent = Average()
            return self._judge_blank(look, usual, now)
        self._see_again(look, shown, usual, now)
        light = light_of(look, self._light)
        if light is not self._light:
            self._light, self._recent = light, Average()
        settled = self._settled(look)
        self._recent.add(look, RECENT)
        return self._against_baseline(look, light, now, settled=settled, learn=learn)

    def is_known(self, now: float) -> bool:
        """Whether the present light's baseline has been learned."""
        baseline = self._baselines.get(self._light) if self._light is not None else None
        return baseline is not None and self._ready(baseline, now)

    def adopt(self, now: float) -> None:
        """Take the recent view for the usual one. The other light's is of the old view: it goes."""
        if self._light is not None:
            fresh = Baseline(self._recent, began=now - self._policy.learn_for, learned_at=now)
            fresh.average.looks = max(fresh.average.looks, self._policy.learn_looks)
            self._baselines = {self._light: fresh}
            self._recent = Average()

    def _ready(self, baseline: Baseline, now: float) -> bool:
        policy = self._policy
        learned = baseline.average.looks >= policy.learn_looks
        return learned and now - baseline.began >= policy.learn_for

    def _usually_shown(self, now: float) -> int:
        """Tiles that show something in the light that shows more; 0 until a light is learned."""
        ready = (one for one in self._baselines.values() if self._ready(one, now))
        return max((one.average.shown for one in ready), default=0)

    def _judge_blank(self, look: Look, usual: int, now: float) -> Verdict:
        """A picture of nothing: covered, or night, or fog."""
        if self._blank is None:
            at, brightness = self._structured
            leap = abs(look.brightness - brightness) >= LEAP
            told = usual >= WIDELY or (usual >= LEAST_SHOWN and leap)
            self._blank = now, told and now - at <= self._policy.sudden
        since, sudden = self._blank
        if sudden and self._structured[0] - self._stands_since > self._switched_after(since):
            return Verdict.COVERED
        return Verdict.COVERED if now - since > self._policy.longest_night else Verdict.UNSURE

    def _see_again(self, look: Look, shown: int, usual: int, now: float) -> None:
        if self._blank is not None:
            self._note_spell(*self._blank, now)
            self._blank, self._stands_since = None, now
        if shown >= CLEAR * usual:
            self._structured = now, look.brightness

    def _note_spell(self, since: float, sudden: bool, now: float) -> None:
        """A blank picture has ended by itself."""
        policy, lit = self._policy, self._structured[0] - self._stands_since
        lamp = lit <= policy.dark_spell or now - since >= policy.dark_spell
        if sudden and lamp and policy.lit < lit and now - since <= policy.longest_night:
            self._spells.append((now, lit))

    def _switched_after(self, now: float) -> float:
        """Seconds of light within which its going off says nothing."""
        policy = self._policy
        lit = [lit for ended, lit in self._spells if now - ended <= policy.habit_for]
        return max(policy.lit, LONGER * max(lit)) if len(lit) >= HABIT else policy.lit

    def _settled(self, look: Look) -> float | None:
        """How much of the recent view this look keeps; None before there is one."""
        if self._recent.looks < RECENT_LOOKS:
            return None
        return kept_of(self._recent, look.edges)

    def _against_baseline(
        self, look: Look, light: Light, now: float, *, settled: float | None, learn: bool
    ) -> Verdict:
        baseline = self._baselines.get(light)
        if baseline is None:
            baseline = self._baselines[light] = Baseline(Average(), began=now, learned_at=now)
        if not self._ready(baseline, now):
            self._teach(baseline, look, settled)
            return Verdict.UNSURE
        if settled is None:
            return Verdict.UNSURE
        kept = kept_of(baseline.average, self._recent.edges())
        verdict = self._verdict(baseline, kept, settled)
        due = now - baseline.learned_at >= self._policy.relearn_every
        if learn and due and verdict is Verdict.WELL:
            baseline.learned_at = now
            baseline.usual += SLOW * (kept - baseline.usual)
            baseline.steady += SLOW * (settled - baseline.steady)
            baseline.average.add(look, SLOW)
        return verdict

    def _teach(self, baseline: Baseline, look: Look, settled: float | None) -> None:
        """The first pictures of a light: all count the same."""
        if settled is not None:
            looks = max(1, baseline.average.looks - RECENT_LOOKS)
            kept = kept_of(baseline.average, self._recent.edges())
            baseline.usual += (kept - baseline.usual) / looks
            baseline.steady += (settled - baseline.steady) / looks
        baseline.average.add(look, 0.0)

    def _verdict(self, baseline: Baseline, kept: float, settled: float) -> Verdict:
        recent, usual = self._recent, baseline.average
        judged = usual.shown >= LEAST_SHOWN and min(baseline.usual, baseline.steady) >= STEADY
        gone = kept < MOVED * baseline.usual
        self.uneasy = judged and kept < EASY * baseline.usual
        if judged and gone and recent.shown >= CLEAR * usual.shown:
            return Verdict.MOVED if settled >= SETTLED * baseline.steady else Verdict.STRANGE
        stray = usual.sharpness - recent.sharpness > STRAY * usual.spread
        if stray and recent.sharpness < BLURRED * usual.sharpness:
            return Verdict.BLURRED
        return Verdict.STRANGE if judged and gone else Verdict.WELL
