"""The observation leaf: which results count, and what they say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.eligibility.criteria import Observation, Which
from app.eligibility.derived import DERIVABLE, derived_results
from app.eligibility.facts import Derived, Result
from app.eligibility.findings import Finding, MissingFact
from app.eligibility.periods import NO_DAYS, SURELY_NOT, UNKNOWN, Between, Period, Reach, either, spread, verdict_of
from app.eligibility.situation import Situation
from app.eligibility.thresholds import Answer, ResultTest
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Milestone, Reason
from app.vocabulary.terms import Vocabulary

_NO_RESULT = (Reason.MISSING,)
_OF_THE_PERSON = frozenset({"weight", "height"})


class Choice(NamedTuple):
    """What the results that may be the latest say together, and why that is undecided.

    `fresh`: they count for this criterion, so that a computed value is not asked.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    used: tuple[Result, ...]
    fresh: bool


@dataclass(frozen=True, slots=True)
class ObservationLeaf:
    """An observation leaf, its threshold in the term's own unit."""

    node: Observation
    reach: Reach
    test: ResultTest
    vocabulary: Vocabulary
    text: str
    favourable: Verdict | None
    unheard: Finding

    @classmethod
    def of(
        cls, node: Observation, anchor: Milestone, vocabulary: Vocabulary, text: str, favourable: Verdict | None
    ) -> "ObservationLeaf":
        """Looks the term up; it is known to be in the vocabulary."""
        test = ResultTest.of(node, vocabulary.observations[node.code])
        missing = (MissingFact(node.code, "observation", Reason.MISSING),)
        unheard = Finding("observation", Verdict.UNKNOWN, text=text, reasons=_NO_RESULT, missing=missing)
        return cls(node, Reach.of(node.window, anchor), test, vocabulary, text, favourable, unheard)

    def read(self, situation: Situation) -> Finding:
        if self.node.code not in situation.facts.observations and self.node.code not in DERIVABLE:
            return self.unheard
        if self.node.which is not Which.LATEST:
            return self._any(situation)
        choice, inputs = self._choice(situation)
        return self._explained(choice, inputs, situation)

    def verdict(self, situation: Situation) -> Verdict:
        """That of `read`, without what explains it."""
        if self.node.which is not Which.LATEST:
            return self._any(situation).verdict
        return self._choice(situation)[0].verdict

    def deciding(self, situation: Situation) -> tuple[Result, ...]:
        """The latest results against which any test is held; none where its verdict is unknown whatever it asks."""
        anchor = situation.anchor(self.reach.milestone)
        results = self._counted(situation.facts.observations.get(self.node.code, ()))
        found, surely_one = _may_be_latest(results, anchor)
        fresh = self._fresh(found, situation)
        if not fresh and self.node.code in DERIVABLE:
            derived = self._computed(situation)
            computed, surely_computed = _may_be_latest(derived, anchor)
            fresh = self._fresh(computed, situation)
            if fresh or (computed and not found):
                results, found, surely_one = derived, computed, surely_computed
        found = (*found, *self._undated_beside(found, results))
        if not (fresh and surely_one):
            return ()
        if self.node.room_air is None:
            return found
        return found if all(result.room_air is not None for result in found) else ()

    def _choice(self, situation: Situation) -> tuple[Choice, tuple[str, ...]]:
        """What the latest results say, measured or else computed, and which inputs a computation lacks."""
        choice = self._latest(situation.facts.observations.get(self.node.code, ()), situation)
        if choice.fresh or self.node.code not in DERIVABLE:
            return choice, ()
        computed = self._latest(self._computed(situation), situation)
        if computed.fresh or (computed.used and not choice.used):
            choice = computed
        return choice, self._derived(situation).missing

    def _latest(self, results: Sequence[Result], situation: Situation) -> Choice:
        """The latest result on or before the milestone, or all those that may be it."""
        anchor = situation.anchor(self.reach.milestone)
        counted = self._counted(results)
        candidates, surely_one = _may_be_latest(counted, anchor)
        if not candidates:
            return Choice(Verdict.UNKNOWN, _NO_RESULT, (), fresh=False)
        if len(counted) == 1 and surely_one:
            verdict, reason, fresh = self._answer(counted[0], situation)
            return Choice(verdict, () if reason is None else (reason,), candidates, fresh)
        answers = [self._answer(result, situation) for result in candidates]
        fresh = all(answer[2] for answer in answers)
        verdicts = {answer[0] for answer in answers}
        if not surely_one:
            verdicts.add(Verdict.UNKNOWN)
        reasons = [reason for _, reason, _ in answers if reason is not None]
        if len(verdicts) == 1 and Verdict.UNKNOWN not in verdicts:
            others = self._undated_beside(candidates, counted)
            if any(self._met_by(result)[0] not in verdicts for result in others):
                return Choice(Verdict.UNKNOWN, (Reason.UNDATED,), (*candidates, *others), fresh)
        if len(verdicts) == 1:
            return Choice(verdicts.pop(), tuple(dict.fromkeys(reasons)), candidates, fresh)
        reasons.append(_why_apart(candidates, verdicts))
        return Choice(Verdict.UNKNOWN, tuple(dict.fromkeys(reasons)), candidates, fresh)

    def _undated_beside(self, latest: Sequence[Result], results: Sequence[Result]) -> tuple[Result, ...]:
        """The undated results beside the latest of the dated ones: each may be later still.

        Not so weight and height, which the request states of the person as they are today.
        """
        if not results or results[-1].days is not None or self.node.code in _OF_THE_PERSON:
            return ()
        if not latest or latest[0].days is None:
            return ()
        return tuple(result for result in results if result.days is None)

    def _counted(self, results: Sequence[Result]) -> Sequence[Result]:
        wanted = self.node.room_air
        if wanted is None:
            return results
        return [result for result in results if result.room_air in (None, wanted)]

    def _derived(self, situation: Situation) -> Derived:
        return derived_results(situation.facts, self.node.code, self.vocabulary)

    def _computed(self, situation: Situation) -> Sequence[Result]:
        """The computed results of which one may be the latest, and undated ones: no others are worth the time."""
        derived = self._derived(situation)
        latest, _ = _may_be_latest(derived.measured, situation.anchor(self.reach.milestone))
        return [derived.of(one) for one in (*latest, *self._undated_beside(latest, derived.measured))]

    def _answer(self, result: Result, situation: Situation) -> tuple[Verdict, Reason | None, bool]:
        """What one result says, and whether it is fresh."""
        reason = self._too_old(result, situation)
        return (Verdict.UNKNOWN, reason, False) if reason is not None else (*self._met_by(result), True)

    def _fresh(self, results: Sequence[Result], situation: Situation) -> bool:
        """Whether there are results, none of which may be too old."""
        if self.reach.span is None:
            return bool(results)
        return bool(results) and all(self._too_old(result, situation) is None for result in results)

    def _too_old(self, result: Result, situation: Situation) -> Reason | None:
        """Why a result does not count, if it is or may be older than it may: as of the milestone as it is today."""
        if self.reach.span is None:
            return None
        if result.days is None:
            return Reason.UNDATED
        oldest = self.reach.first_before(self.reach.last_today(situation))
        if result.days.first >= oldest:
            return None
        return Reason.STALE if result.days.last < oldest else Reason.IMPRECISE

    def _met_by(self, result: Result) -> Answer:
        if not self._on_the_air_asked_for(result):
            return Verdict.UNKNOWN, Reason.MISSING
        return self.test.met_by(result)

    def _on_the_air_asked_for(self, result: Result) -> bool:
        """Whether it is told of what air it was measured on, where that matters."""
        return self.node.room_air is None or result.room_air is not None

    def _explained(self, choice: Choice, inputs: tuple[str, ...], situation: Situation) -> Finding:
        code, used = self.node.code, choice.used
        decided = choice.verdict is not Verdict.UNKNOWN
        note = ""
        if Reason.STALE in choice.reasons:
            last = situation.anchor(self.reach.milestone).isoformat()
            note = f"older than the criterion allows: to be repeated by {last}"
        return Finding(
            "observation",
            choice.verdict,
            text=self.text,
            reasons=choice.reasons,
            missing=() if decided else self._missing(choice.reasons, inputs),
            evidence=tuple([result.evidence() for result in used]) if situation.shown else (),
            margin=self.test.margin(used[0], self.favourable) if situation.shown and len(used) == 1 else None,
            changes_on=self._changes(situation),
            stale_from=self._stale_from(used, situation) if decided else None,
            note=note,
            old_results=(code,) if decided and self._is_old(used, situation.facts.as_of) else (),
        )

    def _changes(self, situation: Situation) -> frozenset[date]:
        """The days on which a milestone that was given in the past reaches a result of a later day, which then counts.

        The day on which a result grows too old is not among them: see `stale_from`.
        """
        anchor = situation.anchor(self.reach.milestone)
        if anchor >= situation.calendar.as_of:
            return NO_DAYS
        results = self._counted(situation.facts.observations.get(self.node.code, ()))
        if self.node.code in DERIVABLE:
            results = [*results, *self._derived(situation).measured]
        days = {day for one in results if one.days is not None for day in (one.days.first, one.days.last)}
        return situation.later_days(self.reach.milestone, {day for day in days if day > anchor})

    def _missing(self, reasons: Sequence[Reason], inputs: Sequence[str] = ()) -> tuple[MissingFact, ...]:
        wanted = [MissingFact(self.node.code, "observation", reason) for reason in reasons]
        kinds = self.vocabulary.observations
        wanted += [MissingFact(name, "observation" if name in kinds else name, Reason.MISSING) for name in inputs]
        return tuple(dict.fromkeys(wanted))

    def _stale_from(self, used: Sequence[Result], situation: Situation) -> date | None:
        """The first day on which the milestone is so late that a result used here is too old."""
        length = self.reach.length
        days = [result.days.first for result in used if result.days is not None]
        if length is None or not days:
            return None
        return situation.day_when(self.reach.milestone, length.lapse(min(days)))

    def _is_old(self, used: Sequence[Result], as_of: date) -> bool:
        """Whether a result may be so old that it is to be confirmed, where the criterion states no age."""
        if self.reach.span is not None:
            return False
        most = self.test.term.confirm_after_days
        return any(result.days is None or (as_of - result.days.first).days > most for result in used)

    def _any(self, situation: Situation) -> Finding:
        """Yes where one result in the window surely meets the test; no only where one says so of the whole past.

        Of what is on record, no also where some result lies in the window, and none meets the test.
        """
        results = self._counted(situation.facts.observations.get(self.node.code, ()))
        if self.node.code in DERIVABLE:
            results = [*results, *self._derived(situation).results]
        on_record = self._in_todays_window(results, situation) if self.node.which is Which.ANY_ON_RECORD else []
        found: Between = SURELY_NOT if on_record else UNKNOWN
        days = NO_DAYS
        reasons = [] if on_record else [Reason.MISSING]
        used: list[Result] = []
        never: list[Result] = []
        for result in results:
            when, changes = self._when(result, situation)
            verdict, reason = self._met_by(result)
            if result.lifetime and verdict is Verdict.NO:
                never.append(result)
            if verdict is Verdict.NO or when[1] is Verdict.NO:
                continue
            used.append(result)
            days |= changes
            if reason is not None:
                reasons.append(reason)
            elif when[0] is not when[1]:
                reasons.append(Reason.IMPRECISE)
            elif verdict_of(when) is Verdict.UNKNOWN:
                reasons.append(Reason.UNDATED)
            found = either(found, (min(verdict, when[0]), min(verdict, when[1])))
        verdict = verdict_of(found)
        if never:
            contradicted = found[1] is Verdict.YES
            used = [*used, *never] if contradicted else never
            verdict, reasons = (Verdict.UNKNOWN, [Reason.CONFLICTING]) if contradicted else (Verdict.NO, [])
            found, days = (verdict, verdict), NO_DAYS
        undecided = tuple(dict.fromkeys(reasons)) if verdict is Verdict.UNKNOWN else ()
        return Finding(
            "observation",
            verdict,
            text=self.text,
            reasons=undecided,
            missing=self._missing(undecided),
            evidence=tuple([result.evidence() for result in used or results]) if situation.shown else (),
            changes_on=days,
            stale_from=self._stale_from(on_record[:1], situation) if verdict is Verdict.NO and not never else None,
            between=spread(found),
            fixed=verdict is Verdict.YES and self.reach.span is None,
        )

    def _in_todays_window(self, results: Sequence[Result], situation: Situation) -> list[Result]:
        """The results that surely lie in the window as it falls today; latest first."""
        last = self.reach.last_today(situation)
        if self.reach.span is None:
            return [result for result in results if result.days is None or result.days.last <= last]
        first = self.reach.first_before(last)
        return [result for result in results if result.days and first <= result.days.first <= result.days.last <= last]

    def _when(self, result: Result, situation: Situation) -> tuple[Between, frozenset[date]]:
        if result.days is None:
            in_time = UNKNOWN if self.reach.span is not None else (Verdict.YES, Verdict.YES)
            return in_time, NO_DAYS
        first, last = result.days.first, result.days.last
        stretch = Period(first, last, first, last)
        anchors = self.reach.changes(situation, stretch)
        return stretch.meets(*self.reach.days(situation)), situation.later_days(self.reach.milestone, anchors)


def _may_be_latest(results: Sequence[Result], anchor: date) -> tuple[tuple[Result, ...], bool]:
    """The results of which one is the latest on or before a day, and whether one of them surely is before it.

    Results come latest first. Undated ones stand beside them, and are among these only where no other is.
    """
    if results and (latest := results[0].days) is not None and latest.first == latest.last <= anchor:
        following = results[1].days if len(results) > 1 else None
        if following is None or following.last < latest.first:
            return (results[0],), True  # as most are: one whole day, and no other result may be later
    dated = [result for result in results if result.days is not None and result.days.first <= anchor]
    if not dated:
        return tuple(result for result in results if result.days is None), True
    surely = [result.days.first for result in dated if result.days is not None and result.days.last <= anchor]
    if not surely:
        return tuple(dated), False
    newest = max(surely)
    return tuple(result for result in dated if result.days is not None and result.days.last >= newest), True


def _why_apart(candidates: Sequence[Result], verdicts: set[Verdict]) -> Reason:
    """Why results that may each be the latest leave it open: those of one day disagree, or their days are vague."""
    if any(result.days is None for result in candidates):
        return Reason.UNDATED
    days = {(result.days.first, result.days.last) for result in candidates if result.days is not None}
    one_day = len(days) == 1 and all(first == last for first, last in days)
    return Reason.CONFLICTING if one_day and {Verdict.YES, Verdict.NO} <= verdicts else Reason.IMPRECISE
