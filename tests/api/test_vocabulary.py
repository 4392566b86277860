"""The vocabulary over HTTP."""

from starlette.testclient import TestClient

from app.api.vocabulary import VocabularyAnswer


def test_the_vocabulary_is_of_the_declared_form(sqlite_client: TestClient):
    response = sqlite_client.get("/v1/vocabulary")

    VocabularyAnswer.model_validate_json(response.content)
    again = sqlite_client.get("/v1/vocabulary", headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


def test_terms_come_with_what_a_client_needs(sqlite_client: TestClient):
    vocabulary = sqlite_client.get("/v1/vocabulary").json()
    terms = {kind: {term["code"]: term for term in vocabulary[kind]} for kind in ("observations", "agents", "targets")}

    assert terms["observations"]["hemoglobin"]["unit"] == "g/L"
    assert "g/dL" in terms["observations"]["hemoglobin"]["units"]
    assert isinstance(terms["observations"]["creatinine"]["molar_mass"], float)
    assert "glucocorticoid" in terms["agents"]["prednisone"]["classes"]
    assert "CD19" in terms["targets"]


def test_enumerations_are_named_as_filters_are(sqlite_client: TestClient):
    enumerations = sqlite_client.get("/v1/vocabulary").json()["enumerations"]

    assert enumerations["cell_source"] == ["autologous", "allogeneic", "in_vivo"]
    assert enumerations["milestone"][0] == "consent"
    assert "trial_verdict" in enumerations
