"""The classes of medicines as criteria mean them, and the figures that washouts and dose equivalents rest on."""

from decimal import Decimal
from math import ceil

import pytest

from app.vocabulary.terms import Vocabulary


def members(vocabulary: Vocabulary, name: str) -> set[str]:
    return {agent for agent in vocabulary.agents if name in vocabulary.classes_of(agent)}


def test_immunosuppressants_include_cyclophosphamide_and_jak_inhibitors(vocabulary: Vocabulary):
    assert members(vocabulary, "immunosuppressant") >= {"cyclophosphamide"} | members(vocabulary, "jak_inhibitor")


@pytest.mark.parametrize("name", ["glucocorticoid", "antimalarial", "biologic", "b_cell_targeted", "anti_infective"])
def test_immunosuppressants_are_none_of(vocabulary: Vocabulary, name: str):
    assert members(vocabulary, name)
    assert not members(vocabulary, "immunosuppressant") & members(vocabulary, name)


def test_chemotherapy_is_cytotoxics(vocabulary: Vocabulary):
    cytotoxics = members(vocabulary, "chemotherapy")
    assert cytotoxics >= {"cyclophosphamide", "fludarabine", "doxorubicin"}
    assert not cytotoxics & {"rituximab", "ruxolitinib", "methotrexate", "blinatumomab", "bortezomib"}


def test_what_targets_cd19_targets_b_cells(vocabulary: Vocabulary):
    cd19 = members(vocabulary, "cd19_targeted")
    assert cd19 >= {"inebilizumab", "blinatumomab", "car_t_cd19", "in_vivo_car_cd19"}
    assert cd19 < members(vocabulary, "b_cell_targeted")


def test_antibodies_to_cd20_and_inhibitors_of_baff_target_b_cells_and_not_cd19(vocabulary: Vocabulary):
    others = {"rituximab", "obinutuzumab", "belimumab", "telitacicept"}
    assert others <= members(vocabulary, "b_cell_targeted")
    assert not others & members(vocabulary, "cd19_targeted")


@pytest.mark.parametrize("agent", ["anifrolumab", "abatacept", "tocilizumab", "bortezomib", "hydroxychloroquine"])
def test_what_works_elsewhere_does_not_target_b_cells(vocabulary: Vocabulary, agent: str):
    assert "b_cell_targeted" not in vocabulary.classes_of(agent)


def test_car_cells_are_a_cell_therapy_and_a_gene_therapy(vocabulary: Vocabulary):
    car = members(vocabulary, "car_cell_therapy")
    assert "car_t_cd19" in car
    assert car <= members(vocabulary, "cell_therapy") & members(vocabulary, "gene_therapy")


def test_mesenchymal_stem_cells_are_a_cell_therapy_and_no_gene_therapy(vocabulary: Vocabulary):
    assert vocabulary.classes_of("mesenchymal_stem_cells") == {"cell_therapy"}


def test_a_car_made_in_the_body_is_a_gene_therapy_and_no_cell_therapy(vocabulary: Vocabulary):
    assert vocabulary.classes_of("in_vivo_car_cd19") == {"gene_therapy", "cd19_targeted", "b_cell_targeted"}


def test_calcineurin_inhibitors_are_immunosuppressants(vocabulary: Vocabulary):
    assert members(vocabulary, "calcineurin_inhibitor") == {"tacrolimus", "ciclosporin", "voclosporin"}
    assert members(vocabulary, "calcineurin_inhibitor") < members(vocabulary, "immunosuppressant")


@pytest.mark.parametrize(
    ("agent", "equals_5_mg_of_prednisone"),
    [
        ("prednisone", "5"),
        ("prednisolone", "5"),
        ("methylprednisolone", "4"),
        ("triamcinolone", "4"),
        ("hydrocortisone", "20"),
        ("cortisone", "25"),
        ("dexamethasone", "0.75"),
        ("betamethasone", "0.75"),
        ("deflazacort", None),
    ],
)
def test_glucocorticoids_have_the_equivalents_of_the_label(
    vocabulary: Vocabulary, agent: str, equals_5_mg_of_prednisone: str | None
):
    expected = None if equals_5_mg_of_prednisone is None else Decimal(equals_5_mg_of_prednisone)
    assert vocabulary.agents[agent].prednisone_equivalent_mg == expected


def test_only_glucocorticoids_have_an_equivalent(vocabulary: Vocabulary):
    with_equivalent = {code for code, agent in vocabulary.agents.items() if agent.prednisone_equivalent_mg}
    assert with_equivalent <= members(vocabulary, "glucocorticoid")


@pytest.mark.parametrize(
    ("agent", "longest", "days_of_five"),
    [
        ("tofacitinib", "3.2", 1),
        ("tofacitinib_xr", "5.9", 2),
        ("ruxolitinib", "5.8", 2),
        ("abrocitinib", "5", 2),
        ("deucravacitinib", "10", 3),
        ("baricitinib", "12.5", 3),
        ("upadacitinib", "14", 3),
        ("filgotinib", "27.3", 6),
    ],
)
def test_five_half_lives_of_a_jak_inhibitor_are_one_to_six_days(
    vocabulary: Vocabulary, agent: str, longest: str, days_of_five: int
):
    half_life = vocabulary.agents[agent].half_life
    assert half_life is not None
    assert half_life.high_hours == Decimal(longest)
    assert ceil(5 * half_life.high_hours / 24) == days_of_five


def test_a_jak_inhibitor_without_a_known_half_life_says_so(vocabulary: Vocabulary):
    unknown = {code for code in members(vocabulary, "jak_inhibitor") if vocabulary.agents[code].half_life is None}
    assert unknown == {"peficitinib"}
    assert "No half-life" in (vocabulary.agents["peficitinib"].definition or "")


def test_every_class_is_defined_and_has_members(vocabulary: Vocabulary):
    for name, term in vocabulary.agent_classes.items():
        assert term.definition, name
        assert members(vocabulary, name), name
