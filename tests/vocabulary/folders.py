"""A vocabulary of a few terms, as files that a test can spoil one line of."""

from pathlib import Path

FILES = {
    "sources.yaml": """\
book: {title: A book, citation: The book}
paper:
  title: A paper
  citation: The paper
  url: https://example.org/paper
""",
    "observations.yaml": """\
hemoglobin:
  label: Haemoglobin
  kind: quantity
  unit: g/L
  plausible: {low: 20, high: 250, source: book}
  synonyms: [Hb]
  sources: [book]
inr:
  label: International normalised ratio
  kind: quantity
  plausible: {low: 0.5, high: 30, source: book}
  sources: [book]
hiv: {label: HIV serology, kind: finding, sources: [book]}
""",
    "conditions.yaml": """\
autoimmune_disease: {label: Autoimmune disease, sources: [book]}
sle: {label: Lupus, parents: [autoimmune_disease], sources: [book]}
lupus_nephritis:
  label: Lupus nephritis
  parents: [sle]
  sources: [book]
""",
    "agents.yaml": """\
classes:
  immunosuppressant: {label: Immunosuppressants, sources: [book]}
  jak_inhibitor: {label: JAK inhibitors, parents: [immunosuppressant], sources: [book]}
agents:
  baricitinib:
    label: Baricitinib
    classes: [jak_inhibitor]
    half_life:
      low_hours: 12
      high_hours: 12.5
      form: Tablet
      source: paper
    synonyms: [Olumiant]
    sources: [paper]
  prednisone:
    label: Prednisone
    prednisone_equivalent_mg: 5
    sources: [paper]
""",
    "events.yaml": "hsct: {label: Stem cell transplantation, sources: [book]}\n",
    "targets.yaml": "BAFF-R: {label: BAFF-R, synonyms: [TNFRSF13C], sources: [book]}\n",
    "countries.yaml": "NO: {label: Norway, sources: [book]}\n",
    "mappings/loinc.yaml": """\
system: loinc
title: LOINC
notice: A notice.
codes:
  observation:
    hemoglobin: [718-7]
""",
}


def write_folder(folder: Path, **changes: str) -> Path:
    """The files of the small vocabulary, some with another text; a name is given with `__` for `/`, without `.yaml`."""
    texts = FILES | {f"{name.replace('__', '/')}.yaml": text for name, text in changes.items()}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def spoiled(file: str, old: str, new: str) -> dict[str, str]:
    """The change of one file in which `new` stands for `old`."""
    text = FILES[f"{file.replace('__', '/')}.yaml"]
    assert text.count(old) == 1, f"{old!r} must stand once in {file}"
    return {file: text.replace(old, new)}
