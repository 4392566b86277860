"""The loader takes good files whole, and names file and line of everything that is wrong with others."""

from decimal import Decimal
from pathlib import Path

import pytest

from app.vocabulary.files import SeedError, load_vocabulary
from tests.vocabulary.folders import spoiled, write_folder

# the file that is spoiled, the old text and the new, and the line and the fault that are reported
FAULTS = [
    ("conditions", "sle: {label: Lupus, ", "sle: {label: Lupus, colour: red, ", "2: /sle/colour"),
    ("conditions", "sle: {label: Lupus, ", "sle: {", "2: /sle/label: Field required"),
    ("conditions", "sle: {", "autoimmune_disease: {", "2: the key autoimmune_disease is given twice"),
    ("conditions", "  parents: [sle]", "  parents: [slee]", "5: lupus_nephritis: there is no condition slee"),
    (
        "conditions",
        "Autoimmune disease, s",
        "Autoimmune disease, parents: [sle], s",
        "1: autoimmune_disease: is above itself",
    ),
    ("conditions", "  sources: [book]", "  sources: [bok]", "6: lupus_nephritis: there is no source bok"),
    ("conditions", "  sources: [book]", "  sources: []", "6: lupus_nephritis: a source is missing"),
    ("conditions", "  sources: [book]", "  codings: {}", "6: lupus_nephritis: codings is not given here"),
    ("conditions", "  label: Lupus nephritis", "  code: ln", "4: lupus_nephritis: code is not given here"),
    ("conditions", "lupus_nephritis:", "Lupus-nephritis:", "3: Lupus-nephritis: a code is"),
    ("conditions", "  label: Lupus nephritis", '  label: "Lupus\\0nephritis"', "4: a control character"),
    ("conditions", "  label: Lupus nephritis", "  label: lupus", "4: lupus_nephritis: lupus already means sle"),
    ("conditions", "  label: Lupus nephritis", "  label: [", "6: this is not YAML"),
    (
        "conditions",
        "sle: {label: Lupus, parents: [autoimmune_disease], sources: [book]}",
        "sle: lupus",
        "2: sle must have fields",
    ),
    ("observations", "synonyms: [Hb]", "synonyms: [INR]", "8: inr: inr already means hemoglobin"),
    (
        "agents",
        "[Olumiant]",
        "[immunosuppressant]",
        "13: baricitinib: immunosuppressant already means immunosuppressant",
    ),
    ("observations", "synonyms: [Hb]", "synonyms: [Hb, hb]", "6: hemoglobin: hb says nothing new"),
    ("observations", "  kind: quantity\n  unit: g/L", "  kind: amount\n  unit: g/L", "3: /hemoglobin/kind"),
    (
        "observations",
        "low: 20, high: 250, source: book",
        "low: 250, high: 20, source: book",
        "5: hemoglobin: the plausible range is empty",
    ),
    ("observations", "high: 250, source: book", "high: 250", "5: hemoglobin: a source is missing"),
    ("observations", "high: 250, source: book", "high: 250, source: bok", "5: hemoglobin: there is no source bok"),
    (
        "observations",
        "  plausible: {low: 20, high: 250, source: book}\n",
        "",
        "1: hemoglobin: a plausible range is missing",
    ),
    ("observations", "  unit: g/L", "  molar_mass: 0", "4: hemoglobin: a molar mass is above zero"),
    (
        "observations",
        "kind: finding,",
        "kind: finding, plausible: {low: 0, high: 1, source: book},",
        "13: hiv: a finding without a unit has no plausible range",
    ),
    ("observations", "kind: finding,", "kind: finding, confirm_after_days: 0,", "13: hiv: a result is confirmed"),
    (
        "observations",
        "  kind: quantity\n  unit: g/L",
        "  kind: score\n  unit: g/L",
        "4: hemoglobin: a score has no unit",
    ),
    ("agents", "    classes: [jak_inhibitor]", "    classes: [jak]", "7: baricitinib: there is no agent class jak"),
    ("agents", "      source: paper", "      source: papr", "12: baricitinib: there is no source papr"),
    ("agents", "low_hours: 12\n", "low_hours: 13\n", "8: baricitinib: a half-life runs from above zero up"),
    (
        "conditions",
        "  parents: [sle]",
        "  parents: [sle]\n  implies_finding: {observation: hemoglobin, finding: positive, source: book}",
        "6: lupus_nephritis: there is no finding hemoglobin",
    ),
    (
        "conditions",
        "  parents: [sle]",
        "  parents: [sle]\n  implies_finding: {observation: hiv, finding: positive, source: booc}",
        "6: lupus_nephritis: there is no source booc",
    ),
    (
        "conditions",
        "  parents: [sle]",
        "  parents: [sle]\n  shown_by: [{observation: hemoglobin, findings: [positive], source: book}]",
        "6: lupus_nephritis: there is no finding hemoglobin",
    ),
    (
        "conditions",
        "  parents: [sle]",
        "  parents: [sle]\n  shown_by: [{observation: hiv, findings: [positive], source: booc}]",
        "6: lupus_nephritis: there is no source booc",
    ),
    (
        "conditions",
        "  parents: [sle]",
        "  parents: [sle]\n  shown_by: [{observation: hiv, findings: [positive], cleared_by: crp, source: book}]",
        "6: lupus_nephritis: there is no finding crp",
    ),
    (
        "events",
        "transplantation,",
        "transplantation, ends_childbearing_potential: {source: booc},",
        "1: hsct: there is no source booc",
    ),
    ("agents", "_mg: 5", "_mg: 0", "17: prednisone: an equivalent dose is above zero"),
    (
        "agents",
        "    label: Prednisone",
        "    label: JAK inhibitors",
        "16: prednisone: JAK inhibitors already means jak_inhibitor",
    ),
    ("agents", "classes:\n  imm", "groups: {}\nclasses:\n  imm", "1: groups is neither classes nor agents"),
    ("agents", "agents:", "agentss:", "1: here must stand agents"),
    ("targets", "BAFF-R: {", "baff-r: {", "1: baff-r: a code is an antigen's symbol"),
    ("countries", "NO: {", "Norway: {", "1: Norway: a code is two capital letters"),
    ("sources", "  citation: The paper", "  cite: The paper", "2: /paper/citation: Field required"),
    ("mappings__loinc", "718-7", "718-8", "6: hemoglobin: 718-8 has a wrong check digit"),
    ("mappings__loinc", "718-7", "HB", "6: hemoglobin: HB is not a code of loinc"),
    ("mappings__loinc", "[718-7]", "[]", "6: hemoglobin: a code is missing"),
    ("mappings__loinc", "    hemoglobin:", "    haemoglobin:", "6: there is no observation haemoglobin"),
    ("mappings__loinc", "  observation:", "  lab:", "5: /codes/lab"),
    ("mappings__loinc", "notice: A notice.\n", "", "1: /notice: Field required"),
]


@pytest.mark.parametrize(("file", "old", "new", "fault"), FAULTS)
def test_a_fault_is_refused_with_its_file_and_line(tmp_path: Path, file: str, old: str, new: str, fault: str):
    folder = write_folder(tmp_path, **spoiled(file, old, new))
    with pytest.raises(SeedError) as refusal:
        load_vocabulary(folder)
    reported = str(refusal.value).splitlines()
    assert any(line.startswith(f"{file.replace('__', '/')}.yaml:{fault}") for line in reported), reported


def test_the_small_vocabulary_is_read_whole(tmp_path: Path):
    vocabulary = load_vocabulary(write_folder(tmp_path))
    assert vocabulary.observations["hemoglobin"].codings == {"loinc": ("718-7",)}
    assert vocabulary.observations["inr"].plausible is not None
    assert vocabulary.observations["inr"].plausible.low == Decimal("0.5")
    assert vocabulary.condition_ancestors("lupus_nephritis") == {"lupus_nephritis", "sle", "autoimmune_disease"}
    assert vocabulary.classes_of("baricitinib") == {"jak_inhibitor", "immunosuppressant"}
    assert vocabulary.countries["NO"].label == "Norway"
    assert vocabulary.sources["paper"].url == "https://example.org/paper"
    assert vocabulary.code_systems["loinc"].notice == "A notice."


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path):
    changes = spoiled("conditions", "  parents: [sle]", "  parents: [slee]") | spoiled("agents", "_mg: 5", "_mg: -5")
    with pytest.raises(SeedError) as refusal:
        load_vocabulary(write_folder(tmp_path, **changes))
    assert [(problem.file, problem.line) for problem in refusal.value.problems] == [
        ("agents.yaml", 17),
        ("conditions.yaml", 5),
    ]


def test_a_missing_file_is_named(tmp_path: Path):
    (write_folder(tmp_path) / "events.yaml").unlink()
    with pytest.raises(SeedError, match=r"^events\.yaml:1: the file cannot be read"):
        load_vocabulary(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path):
    (write_folder(tmp_path) / "events.yaml").write_bytes(b"# a comment\nhsct: {label: \xff}\n")
    with pytest.raises(SeedError, match=r"^events\.yaml:2: the file is not UTF-8"):
        load_vocabulary(tmp_path)


def test_a_licensed_user_adds_a_code_system_by_adding_its_file(tmp_path: Path):
    own = "system: snomed\ntitle: SNOMED CT\nnotice: Ours.\ncodes:\n  condition:\n    sle: ['55464009']\n"
    vocabulary = load_vocabulary(write_folder(tmp_path, mappings__snomed=own))
    assert vocabulary.conditions["sle"].codings == {"snomed": ("55464009",)}
    assert vocabulary.code_systems["snomed"].title == "SNOMED CT"


@pytest.mark.parametrize(
    ("codes", "fault"),
    [('["10", "03"]', "03 is mapped to a term"), ('["10", "ten"]', "ten is not a code of cvx")],
)
def test_a_code_without_a_term_is_a_code_and_has_none(tmp_path: Path, codes: str, fault: str):
    own = f"system: cvx\ntitle: CVX\nnotice: Ours.\ncodes: {{event: {{hsct: ['03']}}}}\nwithout_term:\n  {codes}\n"
    with pytest.raises(SeedError, match=rf"^mappings/cvx\.yaml:6: {fault}"):
        load_vocabulary(write_folder(tmp_path, mappings__cvx=own))


def test_codes_that_are_known_to_mean_no_term_are_kept(tmp_path: Path):
    own = "system: cvx\ntitle: CVX\nnotice: Ours.\ncodes: {}\nwithout_term: ['10']\n"
    assert load_vocabulary(write_folder(tmp_path, mappings__cvx=own)).code_systems["cvx"].without_term == ("10",)


def test_two_files_cannot_map_one_code_system(tmp_path: Path):
    own = "system: loinc\ntitle: Again\nnotice: Ours.\ncodes: {}\n"
    with pytest.raises(SeedError, match=r"mappings/own\.yaml:1: loinc is mapped by another file already"):
        load_vocabulary(write_folder(tmp_path, mappings__own=own))
