"""`cartalog match`, as a coordinator uses it: on a fresh machine, without a server."""

import csv
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.database import Database
from app.main import create_app
from app.matching.cohort import Cohort
from app.registry.seed import seed
from app.settings import ROOT, Settings
from tests.cli.conftest import Run

DAY = "2026-11-21"
RENJI = "car-dnt-cd19-shanghai-renji"
MARKER = "Zebra 4711"
WOMAN: dict[str, Any] = {
    "birth_date": "1992-03-14",
    "sex": "female",
    "conditions": [{"code": "sle", "since": "2017"}],
    "observations": [
        {"code": "hemoglobin", "value": 7.9, "unit": "g/dL", "date": "2026-11-20"},
        {"code": "lvef", "value": 60, "unit": "%", "date": "2025-01-10"},
    ],
    "therapies": [{"agent": "rituximab", "start": "2026-01", "end": "2026-07", "response": "inadequate"}],
}


@pytest.fixture(scope="module")
def seeded_url(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A seeded database, which no test changes."""
    file = tmp_path_factory.mktemp("match") / "seeded.db"
    shutil.copy(empty_sqlite, file)
    database = Database(Settings(database_url=f"sqlite:///{file}"))
    seed(database, ROOT / "seed", datetime.now(UTC))
    database.close()
    return f"sqlite:///{file}"


@pytest.fixture
def match(run: Run, seeded_url: str, tmp_path: Path):
    """Matches what a file holds; answers what the command exits with and says."""

    def match(content: object, *options: str):
        file = tmp_path / "asked.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return run("match", str(file), *options, CARTALOG_DATABASE_URL=seeded_url)

    return match


@pytest.fixture
def match_cohort(run: Run, seeded_url: str, tmp_path: Path):
    def match_cohort(lines: bytes, *options: str):
        file = tmp_path / "cohort.ndjson"
        file.write_bytes(lines)
        return run("match", "--cohort", str(file), "--as-of", DAY, *options, CARTALOG_DATABASE_URL=seeded_url)

    return match_cohort


def as_lines(*patients: object) -> bytes:
    return b"".join(json.dumps(patient).encode() + b"\n" for patient in patients)


COHORT = as_lines({"id": "p-1", "patient": WOMAN}, {"id": "p-2", "patient": {}})
WITH_FAULTS = as_lines({"id": "p-1", "patient": {"sex": MARKER}}) + b"{\n" + as_lines({"id": "p-3", "patient": {}})


def test_it_works_on_a_fresh_machine(run: Run, tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'new' / 'cartalog.db'}"
    first = run("match", "-", stdin="{}", CARTALOG_DATABASE_URL=url)
    assert first.exit_code == 0, first.output
    assert first.stderr == "The catalogue was empty: seeded 5 trials.\n"
    assert first.stdout.startswith(f"As of {datetime.now(UTC).date()}, catalogue revision 1.\n5 trials.")
    assert run("match", "-", stdin="{}").stderr == ""


def test_the_report_says_why_not_and_until_when(match):
    said = match(WOMAN, "--trial", "nct06316076", "--as-of", DAY).stdout
    assert "INELIGIBLE  Safety and Efficacy Study of CD19-CAR-DNT Cells" in said
    assert f"{RENJI}, revision 1; recruiting as of 2025-07-12" in said
    assert "criteria: " in said
    failure = said[said.index("exc-12a  ") :]
    assert failure.startswith("exc-12a  Had rituximab within 6 months before screening. (exclusion 12)")
    assert "· rituximab within 6 months before screening: rituximab: inadequate (2026-01 to 2026-07)" in failure
    assert "· lapses on 2027-02-01" in failure
    haemoglobin = said[said.index("inc-3h  ") :]
    assert "haemoglobin: 7.9 g/dL = 79 g/L (2026-11-20) — 7.9 g/dL, 0.1 short" in haemoglobin
    assert "· time alone does not mend it" in haemoglobin
    assert "Time alone does not mend what fails" in said


def test_the_report_says_what_is_missing_and_who_waits_for_it(match):
    said = match(WOMAN, "--trial", RENJI, "--as-of", DAY).stdout
    missing = said[said.index("Missing\n") : said.index("To confirm\n")]
    assert "inc-3a          fibrinogen" in missing
    assert "inc-3k          left ventricular ejection fraction (stale)" in missing
    assert "inc-3g, exc-4a  creatinine in serum or plasma, creatinine clearance" in missing
    assert "exc-15a  A procedure of the study is contraindicated" in said[said.index("To confirm\n") :]
    assert said.rstrip().endswith("It does not decide eligibility; the investigator does.")


def test_the_report_says_until_when_and_what_is_incomplete(match):
    older = WOMAN | {"observations": [], "therapies": []}
    said = match(older, "--as-of", DAY).stdout
    assert "Something fails after 2068-03-13" in said
    assert "Nothing is known to fail\n" in said
    assert "Incomplete: the exclusion criteria are missing from the source" in said
    assert "NOT ASSESSABLE" in said


def test_a_failure_that_time_mends_has_a_day(match):
    patient = {"therapies": WOMAN["therapies"]}
    assert "Nothing is known to fail from 2027-02-01 on" in match(patient, "--trial", RENJI, "--as-of", DAY).stdout


def test_old_results_are_named(match):
    old = {"observations": [{"code": "lvef", "value": 60, "unit": "%", "date": "2025-01-10"}]}
    said = match(old, "--as-of", DAY).stdout
    assert "Results old enough to repeat\n  left ventricular ejection fraction" in said


def test_what_was_left_out_of_account_is_said(match):
    future = {"observations": [{"code": "lvef", "value": 60, "unit": "%", "date": "2030"}]}
    assert "Note: " in match(future, "--as-of", DAY).stdout


def test_the_answer_can_be_that_of_the_api(match, seeded_url: str):
    said = match(WOMAN, "--as-of", DAY, "--json").stdout
    with TestClient(create_app(Settings(database_url=seeded_url))) as client:
        asked = {"patient": WOMAN, "as_of": DAY, "include": ["criteria"]}
        assert json.loads(said) == client.post("/v1/match", json=asked).json()
        of_one = match(WOMAN, "--as-of", DAY, "--json", "--trial", RENJI).stdout
        asked = {"patient": WOMAN, "as_of": DAY}
        assert json.loads(of_one) == client.post(f"/v1/trials/{RENJI}/match", json=asked).json()


def test_a_whole_request_is_taken_and_options_go_before_it(match):
    request = {
        "patient": WOMAN,
        "as_of": "2026-01-01",
        "limit": 2,
        "trials": {"status": ["recruiting"]},
        "what_if": {"therapies": [{"agent": "rituximab", "given": False}]},
    }
    said = json.loads(match(request, "--json").stdout)
    assert (said["as_of"], said["limit"], said["total"]) == ("2026-01-01", 2, 4)
    options = ("--as-of", DAY, "--limit", "3", "--filter", "status=not_yet_recruiting", "--filter", "cell_type=car_nk")
    said = json.loads(match(request, "--json", *options).stdout)
    assert (said["as_of"], said["limit"], said["total"]) == (DAY, 3, 1)
    assert match(request, "--trial", RENJI).exit_code == 0
    assert "What the what-if changes" in match(request, "--as-of", DAY).stdout
    assert "exc-12a fails → passes" in match(request, "--as-of", DAY).stdout


FAULTS: list[tuple[object, str]] = [
    ("{", "The body is no JSON: line 1, column 2."),
    ('{"sex": "female", "sex": "male"}', "/sex: this name stands twice in one object"),
    ([], "/: this has the wrong type: give an object"),
    ({"sexx": "female"}, "/sexx: there is no such field here"),
    ({"conditions": [{"code": "slee"}]}, "/conditions/0/code: the code is not in the vocabulary"),
    ({"patient": {"conditions": [{"code": "slee"}]}}, "/patient/conditions/0/code: the code is not in the vocabulary"),
    ({"patient": {}, "limit": 1000}, "/limit: "),
    ({"birth_date": MARKER}, "/birth_date: "),
]


@pytest.mark.parametrize(("content", "told"), FAULTS)
def test_a_fault_is_said_by_its_place_in_the_file(match, content: object, told: str):
    result = match(content)
    assert result.exit_code == 1
    assert result.stderr.startswith(told)
    assert MARKER not in result.output
    assert result.stdout == ""


def test_other_faults_are_said_too(match, run: Run, seeded_url: str):
    assert "There is no such trial" in match({}, "--trial", "NCT00000000").stderr
    assert "as_of: " in match({}, "--as-of", "yesterday").stderr
    assert "cell_typ: " in match({}, "--filter", "cell_typ=car_t").stderr
    assert "No such file" in run("match", "nowhere.json", CARTALOG_DATABASE_URL=seeded_url).stderr


USAGE = [
    (),
    ("a.json", "--cohort", "b.ndjson"),
    ("--cohort", "b.ndjson", "--trial", RENJI),
    ("--cohort", "b.ndjson", "--json"),
    ("a.json", "--format", "csv"),
    ("a.json", "--out", "c.csv"),
    ("a.json", "--strict"),
    ("a.json", "--limit", "0"),
]


@pytest.mark.parametrize("arguments", USAGE)
def test_options_that_do_not_go_together_are_refused(run: Run, arguments: tuple[str, ...]):
    assert run("match", *arguments).exit_code == 2


def test_a_cohorts_lines_are_those_of_the_api(match_cohort, seeded_url: str):
    result = match_cohort(COHORT + WITH_FAULTS, "--limit", "2", "--filter", "status=recruiting")
    assert result.exit_code == 0
    with TestClient(create_app(Settings(database_url=seeded_url))) as client:
        query, headers = f"as_of={DAY}&limit=2&status=recruiting", {"Content-Type": "application/x-ndjson"}
        answer = client.post(f"/v1/match/cohort?{query}", content=COHORT + WITH_FAULTS, headers=headers)
    assert result.stdout_bytes == answer.content


def test_lines_at_fault_are_said_with_their_numbers_and_counted(match_cohort):
    result = match_cohort(COHORT + WITH_FAULTS)
    first, second, total = result.stderr.splitlines()
    assert first.startswith("line 3: /patient/sex: ")
    assert second == "line 4: The line is no JSON: column 2."
    assert total == "5 lines, 2 of them at fault."
    assert MARKER not in result.output
    assert result.exit_code == 0
    assert match_cohort(COHORT + WITH_FAULTS, "--strict").exit_code == 1
    assert match_cohort(COHORT, "--strict").exit_code == 0


def test_a_cohort_becomes_a_table(match_cohort, tmp_path: Path):
    file = tmp_path / "out.csv"
    formula = as_lines({"id": "=1+1", "patient": {}})
    result = match_cohort(COHORT + WITH_FAULTS + formula, "--format", "csv", "--out", str(file))
    assert (result.exit_code, result.stdout) == (0, "")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    by_line: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_line.setdefault(row["line"], []).append(row)
    assert {line: len(found) for line, found in by_line.items()} == {"1": 5, "2": 5, "3": 1, "4": 1, "5": 5, "6": 5}
    [renji] = [row for row in by_line["1"] if row["trial"] == RENJI]
    assert (renji["verdict"], renji["status"], renji["as_of"]) == ("ineligible", "recruiting", DAY)
    assert renji["blocking"] == "inc-3h; exc-12a"
    assert int(renji["fails"]) == 2
    assert by_line["3"][0]["problem"].startswith("/patient/sex: ")
    assert (by_line["4"][0]["id"], by_line["4"][0]["problem"]) == ("", "The line is no JSON: column 2.")
    assert by_line["6"][0]["id"] == "'=1+1"


def test_no_patient_goes_missing_from_the_table(match_cohort):
    result = match_cohort(COHORT, "--format", "csv", "--filter", "status=withdrawn")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["line"], row["id"], row["trial"]) for row in rows] == [("1", "p-1", ""), ("2", "p-2", "")]


def test_a_cohort_may_be_piped(run: Run, seeded_url: str):
    result = run("match", "--cohort", "-", stdin=COHORT.decode(), CARTALOG_DATABASE_URL=seeded_url)
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["p-1", "p-2"]


def test_progress_is_shown_in_a_terminal(match_cohort, monkeypatch, tmp_path: Path):
    out = str(tmp_path / "out.ndjson")
    assert "Matching" not in match_cohort(COHORT, "--out", out).stderr
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = match_cohort(COHORT + WITH_FAULTS, "--out", out)
    assert "Matching" in result.stderr
    assert f"{len(COHORT + WITH_FAULTS)}/{len(COHORT + WITH_FAULTS)} bytes" in result.stderr
    assert "line 3: /patient/sex: " in result.stderr


def test_a_fault_of_ours_is_noted_beside_the_answers_and_without_content(match_cohort, monkeypatch):
    def fail(self: Cohort, people: object) -> list[dict[str, Any]]:
        raise ValueError(MARKER)

    monkeypatch.setattr(Cohort, "answers", fail)
    result = match_cohort(COHORT)
    assert [json.loads(line)["problem"]["status"] for line in result.stdout.splitlines()] == [500, 500]
    assert "cohort_line_failed" in result.stderr
    assert "2 lines, 2 of them at fault." in result.stderr
    assert MARKER not in result.output


def test_nothing_of_a_patient_is_kept(match, match_cohort, seeded_url: str):
    file = Path(seeded_url.removeprefix("sqlite:///"))
    match(WOMAN | {"birth_date": "1931-07-29"})
    match_cohort(as_lines({"id": MARKER, "patient": {"birth_date": "1931-07-29"}}))
    for kept in file.parent.iterdir():
        assert b"1931-07-29" not in kept.read_bytes()
        assert MARKER.encode() not in kept.read_bytes()
