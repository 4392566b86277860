"""A match in the terminal: for each trial the verdict, what stands in the way and until when, and what is missing.

It reads the answer of the API, so that it can say nothing else than that.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.eligibility.wording import label_of
from app.vocabulary.terms import TermKind, Vocabulary

Json = dict[str, Any]

_VERDICTS = {
    "eligible": ("ELIGIBLE", "bold green"),
    "undetermined": ("UNDETERMINED", "bold yellow"),
    "ineligible": ("INELIGIBLE", "bold red"),
    "not_assessable": ("NOT ASSESSABLE", "bold magenta"),
}
_COUNTS = {
    "passes": "pass",
    "fails": "fail",
    "unknown": "unknown",
    "not_applicable": "not applicable",
    "to_confirm": "to confirm",
}
_INCOMPLETE = {
    "inclusions_missing": "the inclusion criteria are missing from the source",
    "exclusions_missing": "the exclusion criteria are missing from the source",
    "unstructured": "some text is in no expression yet",
}
_FACT_KINDS = (
    TermKind.OBSERVATION,
    TermKind.CONDITION,
    TermKind.AGENT,
    TermKind.AGENT_CLASS,
    TermKind.EVENT,
)


class MatchReport:
    """Says match answers, criteria included, in the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def of(self, answer: Json) -> Iterator[RenderableType]:
        """An answer of `POST /v1/match`, or of a match with one trial."""
        results = [answer["result"]] if "result" in answer else answer["results"]
        yield Text(f"As of {answer['as_of']}, catalogue revision {answer['catalogue_revision']}.")
        if "funnel" in answer:
            steps = ", ".join(f"{step['step'].replace('_', ' ')} {step['remaining']}" for step in answer["funnel"])
            shown = f"; the first {len(results)} follow" if len(results) < answer["total"] else ""
            yield Text(f"{answer['total']} trials{shown}. Left after each step: {steps}.")
        for warning in answer["warnings"]:
            yield Text(f"Note: {warning['text']} ({warning['pointer'] or warning['code']})", style="yellow")
        for result in results:
            yield Text()
            yield self._trial(result, answer["as_of"])
        yield from self._beyond(answer)
        yield Text(f"\n{answer['notice']}", style="italic")

    def _beyond(self, answer: Json) -> Iterator[RenderableType]:
        """What concerns no single trial: what to measure next, and what a what-if changes."""
        if answer["decisive_facts"]:
            yield _heading("\nWhat to measure next")
        for fact in answer["decisive_facts"]:
            yield _bullet(f"{self._label(fact['fact'])}{fact['text'].removeprefix(fact['fact'])}")
        if answer["changes"]:
            yield _heading("\nWhat the what-if changes")
        for change in answer["changes"]:
            criteria = ", ".join(f"{one['criterion']} {one['from']} → {one['to']}" for one in change["criteria"])
            yield _bullet(f"{change['trial']}: {change['from']} → {change['to']} ({criteria})".replace("_", " "))

    def _trial(self, result: Json, as_of: str) -> RenderableType:
        trial = result["trial"]
        verdict, style = _VERDICTS.get(result["verdict"], (result["verdict"].upper(), "bold"))
        criteria = {one["key"]: one for one in result["criteria"]}
        parts: list[RenderableType] = [
            Text.assemble((verdict, style), "  ", (trial["title"], "bold")),
            Text(f"{trial['id']}, revision {trial['revision']}; {_status(trial['status'])}"),
            Text(_rests_on(result)),
            *[Text(f"Incomplete: {_INCOMPLETE.get(one, one)}", style="yellow") for one in result["incomplete"]],
            *map(Text, _days(result, as_of)),
            *map(Text, _groups(result)),
        ]
        blocking = [criteria[one["criterion"]] for one in result["blocking"]]
        if blocking:
            parts += [_heading("Why not"), *map(self._failure, blocking)]
        if result["missing"]:
            parts += [_heading("Missing"), self._missing(result["missing"])]
        if result["to_confirm"]:
            parts += [_heading("To confirm"), _table((key, criteria[key]["statement"]) for key in result["to_confirm"])]
        if result["old_results"]:
            old = ", ".join(map(self._label, result["old_results"]))
            parts += [_heading("Results old enough to repeat"), _indented(Text(old))]
        return Group(*parts)

    def _failure(self, criterion: Json) -> RenderableType:
        """A criterion that fails: its words, the facts that decide it, and when that ends."""
        words = f"  {criterion['statement']} ({criterion['locator']})"
        lines: list[RenderableType] = [Text.assemble((criterion["key"], "bold"), words)]
        lines += [_bullet(text) for leaf in _deciding(criterion) for text in self._of_leaf(leaf)]
        lines.append(_bullet(_until(criterion)))
        return _indented(Group(*lines))

    def _of_leaf(self, leaf: Json) -> Iterator[str]:
        facts = "; ".join(map(self._fact, leaf["evidence"]))
        margin = f" — {leaf['margin']['text']}" if leaf["margin"] else ""
        yield f"{leaf['text']}: {facts}{margin}"
        if leaf["note"]:
            yield leaf["note"]

    def _fact(self, fact: Json) -> str:
        value = " ".join(filter(None, [f"{self._label(fact['fact'])}:", fact["value"], fact["unit"]]))
        converted = f" = {fact['converted']}" if fact["converted"] else ""
        date = f" ({fact['date']})" if fact["date"] else ""
        derivation = fact["derivation"]
        derived = f", from {', '.join(derivation['inputs'])} by {derivation['formula']}" if derivation else ""
        return f"{value}{converted}{date}{derived}"

    def _missing(self, missing: Iterable[Json]) -> RenderableType:
        """Facts by the criteria that wait for them, since alternatives wait together."""
        by_criteria: dict[str, list[str]] = {}
        for fact in missing:
            reason = "" if fact["reason"] == "missing" else f" ({fact['reason'].replace('_', ' ')})"
            by_criteria.setdefault(", ".join(fact["criteria"]), []).append(self._label(fact["fact"]) + reason)
        return _table((criteria, ", ".join(facts)) for criteria, facts in by_criteria.items())

    def _label(self, code: str) -> str:
        for kind in _FACT_KINDS:
            if code in self._vocabulary.terms(kind):
                return label_of(self._vocabulary, kind, code)
        return code.replace("_", " ")


def _status(status: Json) -> str:
    dated = f" as of {status['as_of']}" if status["as_of"] else " (nobody says since when)"
    return f"{status['value'].replace('_', ' ')}{dated}"


def _rests_on(result: Json) -> str:
    counts = ", ".join(f"{result['counts'][name]} {word}" for name, word in _COUNTS.items() if result["counts"][name])
    rests = result["rests_on"]
    return f"Rests on {rests['decided']} of {rests['of']} criteria" + (f": {counts}" if counts else "")


def _days(result: Json, as_of: str) -> Iterator[str]:
    if result["eligible_from"] == as_of:
        yield "Nothing is known to fail"
    elif result["eligible_from"]:
        yield f"Nothing is known to fail from {result['eligible_from']} on"
    elif result["blocking"]:
        yield "Time alone does not mend what fails"
    if result["eligible_until"]:
        yield f"Something fails after {result['eligible_until']}"
    if result["evidence_until"]:
        yield f"Evidence holds until {result['evidence_until']}"


def _groups(result: Json) -> Iterator[str]:
    for group in result["groups"]:
        name = ", ".join(filter(None, [group["arm"], group["level"] and f"dose level {group['level']}"]))
        blocking = f" ({', '.join(group['blocking'])})" if group["blocking"] else ""
        yield f"In {name}: {group['verdict'].replace('_', ' ')}{blocking}"


def _deciding(criterion: Json) -> list[Json]:
    """The leaves with the verdict that makes the criterion fail; all with evidence, where a `not` stands between."""
    leaves = [leaf for part in criterion["parts"] for leaf in _leaves(part) if leaf["evidence"]]
    wanted = "no" if criterion["kind"] == "inclusion" else "yes"
    return [leaf for leaf in leaves if leaf["verdict"] == wanted] or leaves


def _leaves(part: Json) -> Iterator[Json]:
    if not part["parts"]:
        yield part
    for below in part["parts"]:
        yield from _leaves(below)


def _until(criterion: Json) -> str:
    if criterion["lapses_on"]:
        return f"lapses on {criterion['lapses_on']}"
    if criterion["answered"]:
        return "a person's answer decided it"
    return "cannot change" if criterion["permanent"] else "time alone does not mend it"


def _table(rows: Iterable[tuple[str, str]]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for key, text in rows:
        table.add_row(Text(key, style="bold"), Text(text))
    return _indented(table)


def _heading(text: str) -> Text:
    return Text(text, style="underline")


def _bullet(text: str) -> Padding:
    return Padding(Text(f"· {text}"), (0, 0, 0, 2))


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2))
