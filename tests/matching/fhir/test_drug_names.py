"""Names of medicines, as RxNorm, labels and orders write them."""

import pytest

from app.matching.fhir.drug_names import CLASS_ONLY, COMBINATION, agent_of, is_local
from app.matching.fhir.elements import Coding, Concept
from app.matching.fhir.lexicon import AMBIGUOUS, NO_CODE, UNKNOWN, Lexicon


@pytest.mark.parametrize(
    ("name", "agent"),
    [
        ("rituximab 10 MG/ML Injection", "rituximab"),
        ("10 ML rituximab 10 MG/ML Injection [Rituxan]", "rituximab"),
        ("rituximab-abbs 10 MG/ML Injectable Solution", "rituximab"),
        ("Rituximab", "rituximab"),
        ("Rituximab 500mg IV infusion", "rituximab"),
        ("24 HR tofacitinib 11 MG Extended Release Oral Tablet [Xeljanz]", "tofacitinib_xr"),
        ("tofacitinib 5 MG Oral Tablet", "tofacitinib"),
        ("Xeljanz XR", "tofacitinib_xr"),
        ("cycloSPORINE 50 MG Oral Capsule", "ciclosporin"),
        ("cycloSPORINE, modified 25 MG Oral Capsule [Neoral]", "ciclosporin"),
        ("predniSONE 5 MG Oral Tablet", "prednisone"),
        ("methylPREDNISolone sodium succinate 40 MG/ML Injection", "methylprednisolone"),
        ("hydroxychloroquine sulfate 200 MG Oral Tablet", "hydroxychloroquine"),
        ("mycophenolate mofetil 500 MG Oral Tablet", "mycophenolate"),
        ("0.5 ML methotrexate 50 MG/ML Auto-Injector", "methotrexate"),
        ("Methotrexate sodium 2.5mg tablet", "methotrexate"),
        ("Colchicine 0.6 MG [Colcrys]", "colchicine"),
        ("Something 5 MG [Prograf]", "tacrolimus"),
        ("sulfamethoxazole 800 MG / trimethoprim 160 MG Oral Tablet [Bactrim]", "sulfamethoxazole_trimethoprim"),
        ("trimethoprim / sulfamethoxazole", "sulfamethoxazole_trimethoprim"),
        ("anti-CD19 CAR-T cells", "car_t_cd19"),
        ("CD19/BCMA CAR-T", "car_t_cd19_bcma"),
        ("Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet", COMBINATION),
        ("Acetaminophen/Hydrocodone", COMBINATION),
        ("amoxicillin clavulanate", UNKNOWN),
        ("Simvastatin 10 MG", UNKNOWN),
        ("hydrocodone 5 MG", UNKNOWN),
        ("prednisone free diet", UNKNOWN),
        ("Flu vaccine", UNKNOWN),
        ("Immunosuppressants", CLASS_ONLY),
        ("Cytotoxic chemotherapy", CLASS_ONLY),
        ("chemotherapy", CLASS_ONLY),
    ],
)
def test_a_name_means_an_agent_or_none(vocabulary, name, agent):
    found, reason = agent_of(Concept(text=name), Lexicon(vocabulary))
    assert (found or reason) == (agent or UNKNOWN)


def test_several_names_mean_one_agent_or_none(vocabulary):
    lexicon = Lexicon(vocabulary)

    def meant(*names: str) -> str | None:
        found, reason = agent_of(Concept(tuple(Coding("", "", name) for name in names)), lexicon)
        return found or reason

    assert meant("Rituxan", "rituximab 10 MG/ML") == "rituximab"
    assert meant("Infusion no. 3", "rituximab") == "rituximab"
    assert meant("rituximab", "belimumab") == AMBIGUOUS
    assert meant() == NO_CODE


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("Hydrocortisone 10 MG/ML Topical Cream", True),
        ("tacrolimus 0.001 MG/MG Topical Ointment", True),
        ("dexamethasone 1 MG/ML Ophthalmic Suspension", True),
        ("120 ACTUAT triamcinolone 0.055 MG/ACTUAT Metered Dose Nasal Spray", True),
        ("Inhalation", True),
        ("Rectal route", True),
        ("Oral tablet", False),
        ("Intravenous route", False),
        ("24hr transdermal patch", False),
        (None, False),
    ],
)
def test_treatment_on_the_spot_is_told_by_words(text, local):
    assert is_local(text) is local
