"""How a match is said: plain JSON values of the contract, from findings and the trial's own words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic_core import to_json

from app.eligibility.findings import CriterionFinding, Evidence, Finding, GroupFinding, Margin, TrialFinding
from app.eligibility.kept import Kept
from app.eligibility.trial import missing_facts, rests_on
from app.eligibility.verdicts import Verdict
from app.vocabulary.enumerations import Outcome

Json = dict[str, object]

_CRITERIA_KEPT = 8192
_TRIALS_KEPT = 512

_VERDICTS = {Verdict.YES: "yes", Verdict.NO: "no", Verdict.UNKNOWN: "unknown"}


@dataclass(frozen=True, slots=True)
class TrialHead:
    """What a match answer says of the trial itself, and of each criterion before anybody is matched."""

    trial: Json
    criteria: Mapping[str, Json]


class TrialWriter:
    """Writes entries of `results` as JSON. What stands for everybody is written once: nothing of a patient is kept."""

    def __init__(self) -> None:
        self._criteria: Kept[int, tuple[CriterionFinding, bytes]] = Kept(_CRITERIA_KEPT)
        self._trials: Kept[tuple[int, bool], tuple[TrialFinding, bytes]] = Kept(_TRIALS_KEPT)

    def write(self, head: TrialHead, finding: TrialFinding, *, with_criteria: bool) -> bytes:
        """The JSON of `say_trial`. What an `Assessor` keeps is found of one trial, so that it stands for its words."""
        if not finding.everybodys:
            return self._write(head, finding, with_criteria=with_criteria)
        # What is kept holds on to the finding, so that no other one can have its identity.
        key, found = (id(finding), with_criteria), finding
        return self._trials.get(key, lambda: (found, self._write(head, found, with_criteria=with_criteria)))[1]

    def _write(self, head: TrialHead, finding: TrialFinding, *, with_criteria: bool) -> bytes:
        said = to_json(say_trial(head, finding, with_criteria=False))
        if not with_criteria:
            return said
        criteria = b",".join([self._criterion(head.criteria[part.key], part) for part in finding.criteria])
        return b"%b[%b]}" % (said.removesuffix(b"null}"), criteria)

    def _criterion(self, head: Json, part: CriterionFinding) -> bytes:
        if not part.everybodys:
            return to_json(say_criterion(head, part))
        return self._criteria.get(id(part), lambda: (part, to_json(say_criterion(head, part))))[1]


def written(values: Json, ready: Mapping[str, bytes]) -> bytes:
    """An object as JSON: `values`, and members of which the values are JSON already."""
    members = [b'"%b":%b' % (name.encode(), value) for name, value in ready.items()]
    return b"{%b}" % b",".join(filter(None, [to_json(values)[1:-1], *members]))


def listed(items: Iterable[bytes]) -> bytes:
    """A JSON array of what is JSON already."""
    return b"[%b]" % b",".join(items)


def say_trial(head: TrialHead, finding: TrialFinding, *, with_criteria: bool) -> Json:
    """One entry of `results`."""
    return {
        "trial": head.trial,
        "verdict": finding.verdict,
        "rests_on": {"decided": rests_on(finding.criteria), "of": len(finding.criteria)},
        "incomplete": list(finding.incomplete),
        "eligible_from": _day(finding.eligible_from),
        "eligible_until": _day(finding.eligible_until),
        "evidence_until": _day(finding.evidence_until),
        "counts": count_outcomes(finding.criteria),
        "blocking": [
            {"criterion": part.key, "lapses_on": _day(part.lapses_on), "permanent": part.permanent}
            for part in finding.criteria
            if part.outcome is Outcome.FAILS
        ],
        "missing": say_missing(finding.criteria),
        "to_confirm": [part.key for part in finding.criteria if part.to_confirm or part.old_results],
        "old_results": list(finding.stale_results),
        "fits": [{"condition": code, "verdict": _VERDICTS[verdict]} for code, verdict in finding.diseases],
        "groups": [_say_group(group) for group in finding.groups if group.arm or group.level],
        "criteria": [say_criterion(head.criteria[part.key], part) for part in finding.criteria]
        if with_criteria
        else None,
    }


def count_outcomes(criteria: Iterable[CriterionFinding]) -> dict[str, int]:
    """Criteria by how they stand; the counts sum to the number of criteria."""
    counts = {"passes": 0, "fails": 0, "unknown": 0, "not_applicable": 0, "to_confirm": 0}
    for part in criteria:
        counts["to_confirm" if part.to_confirm else part.outcome.value] += 1
    return counts


def say_missing(criteria: Iterable[CriterionFinding]) -> list[Json]:
    """Each fact that is missing, with the keys of the criteria that wait for it."""
    return [
        {"fact": fact.fact, "kind": fact.kind, "reason": fact.reason.value, "criteria": list(keys)}
        for fact, keys in missing_facts(criteria).items()
    ]


def _say_group(group: GroupFinding) -> Json:
    return {"arm": group.arm, "level": group.level, "verdict": group.verdict, "blocking": list(group.failing)}


def say_criterion(head: Json, part: CriterionFinding) -> Json:
    """One criterion with its working; `head` has its own words."""
    finding = part.finding
    said = None if finding is None else _say_part(finding)
    return head | {
        "outcome": part.outcome.value,
        "to_confirm": part.to_confirm,
        "answered": part.answered,
        "reasons": [reason.value for reason in part.reasons],
        "evidence": [_say_evidence(item) for item in _evidence_of(finding)] if finding else [],
        "margin": said["margin"] if said else None,
        "lapses_on": _day(part.lapses_on),
        "expires_on": _day(part.expires_on),
        "permanent": part.permanent,
        "parts": [said] if said else [],
    }


def _say_part(finding: Finding) -> Json:
    return {
        "kind": finding.kind,
        "text": finding.text,
        "note": finding.note or None,
        "verdict": "not_applicable" if finding.applicable is False else _VERDICTS[finding.verdict],
        "applicable": finding.applicable,
        "reasons": [reason.value for reason in finding.reasons],
        "evidence": [_say_evidence(item) for item in finding.evidence],
        "margin": _say_margin(finding.margin),
        "parts": [_say_part(part) for part in finding.parts],
    }


def _evidence_of(finding: Finding) -> list[Evidence]:
    """Everything of the patient's that the tree used, each once."""
    if not finding.parts and len(finding.evidence) < 2:
        return list(finding.evidence)
    found = dict.fromkeys(finding.evidence)
    for part in finding.parts:
        found |= dict.fromkeys(_evidence_of(part))
    return list(found)


def _say_evidence(evidence: Evidence) -> Json:
    derivation = evidence.derivation
    return {
        "fact": evidence.fact,
        "value": evidence.value,
        "unit": evidence.unit,
        "date": evidence.date,
        "converted": evidence.converted,
        "derivation": derivation
        and {"formula": derivation.formula, "source": derivation.source, "inputs": list(derivation.inputs)},
    }


def _say_margin(margin: Margin | None) -> Json | None:
    return None if margin is None else {"value": float(margin.value), "unit": margin.unit, "text": margin.text}


def _day(day: object) -> str | None:
    return None if day is None else str(day)
