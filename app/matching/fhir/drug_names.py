"""What agent a medicine's name means: the name itself, or the ingredient that a clinical drug's name begins with.

RxNorm names a clinical drug `24 HR tofacitinib 11 MG Extended Release Oral Tablet [Xeljanz]`: how much or how long, the
ingredient, its strength, the form, the brand; several ingredients stand between ` / `. Labels and orders write alike.
"""

import re
from collections.abc import Iterable

from app.matching.fhir.elements import Concept
from app.matching.fhir.lexicon import AMBIGUOUS, NO_CODE, UNKNOWN, Lexicon, plain
from app.vocabulary.terms import TermKind

COMBINATION = "it is a combination, of which the vocabulary has no agent"
NOT_SYSTEMIC = "it is not given systemically, and the vocabulary's agents are"
CLASS_ONLY = "it names a class of medicines, not the agent"

_LOCAL = re.compile(
    r"\b(?:topical|cream|ointment|lotion|gel|foam|shampoo|ophthalmic|eye|otic|ear|nasal|intranasal|inhal\w*|actuat|"
    r"vaginal|rectal|enema|suppository|intravitreal|cutaneous|dermal|mouthwash|paste)\b"
)
_EXTENDED = re.compile(r"\b(?:extended|prolonged|modified|sustained) release\b|\bxr\b|\bmr\b")
_BRAND = re.compile(r"\[([^\[\]]+)\]")
_AMOUNT_FIRST = re.compile(r"^(?:\d+(?:\.\d+)?\s*(?:hr|ml|mg|actuat|day|unt)\b\s*)+")
_BIOSIMILAR = re.compile(r"(?<=[A-Za-z]{4})-[a-z]{4}(?![\w-])")
"""The four letters after a hyphen that tell biosimilars apart, as in rituximab-abbs."""
_TOGETHER = re.compile(r"\s/\s|\s\+\s|\band\b")
_STRENGTH = re.compile(r"\s\d|\s?\d+(?:\.\d+)?\s?(?:mg|mcg|g|ml|unt|%)\b")
# What a name may add to an ingredient without naming another one.
_SALTS = (
    "sodium potassium calcium hydrochloride hcl sulfate sulphate phosphate acetate citrate succinate hemisuccinate "
    "mesylate maleate tartrate fumarate mofetil disoproxil alafenamide dipropionate acetonide hexacetonide "
    "monohydrate dihydrate trihydrate anhydrous modified liposomal liposome alfa protein bound"
)
_FORMS = (
    "oral tablet tablets capsule capsules pill product solution suspension powder concentrate infusion injection "
    "injectable intravenous subcutaneous intramuscular iv sc im po for extended prolonged release delayed xr mr ec dr "
    "film coated disintegrating prefilled syringe pen vial autoinjector"
)
_ADDITIONS = frozenset(f"{_SALTS} {_FORMS}".split())


def agent_of(concept: Concept, lexicon: Lexicon) -> tuple[str | None, str]:
    """The agent that a concept's names mean, or None and why there is none."""
    reason = UNKNOWN if concept.names or concept.codes else NO_CODE
    found: set[str] = set()
    for name in concept.names:
        exact = lexicon.named(TermKind.AGENT, name)
        meant, why = (exact, "") if exact else _meaning(plain(_BIOSIMILAR.sub("", name)), lexicon)
        if meant:
            found.add(meant)
        elif why:
            reason = why
    if len(found) > 1:
        return None, AMBIGUOUS
    return (found.pop(), "") if found else (None, reason)


def is_local(*texts: str | None) -> bool:
    """Whether a name, a form or a route is that of treatment on the spot: on the skin, in the eye, inhaled."""
    return any(_LOCAL.search(plain(text)) for text in texts if text)


def _meaning(name: str, lexicon: Lexicon) -> tuple[str | None, str]:
    brands = _BRAND.findall(name)
    clinical = _AMOUNT_FIRST.sub("", " ".join(_BRAND.sub(" ", name).split()))
    ingredients = [_ingredient(part) for part in _TOGETHER.split(clinical)]
    if len(ingredients) > 1 or "/" in ingredients[0]:
        return _combination(ingredients, lexicon), COMBINATION
    agent = _known(ingredients[0], lexicon) or next((_known(brand, lexicon) for brand in brands), None)
    if agent is None:
        return None, CLASS_ONLY if lexicon.named(TermKind.AGENT_CLASS, clinical) else ""
    if _EXTENDED.search(name):
        agent = lexicon.named(TermKind.AGENT, f"{lexicon.vocabulary.agents[agent].label} extended release") or agent
    return agent, ""


def _ingredient(part: str) -> str:
    """What stands before the strength."""
    part = _AMOUNT_FIRST.sub("", part.strip())
    found = _STRENGTH.search(part)
    return part[: found.start()].strip() if found else part


def _known(ingredient: str, lexicon: Lexicon) -> str | None:
    """The agent that the first words name, if the others add nothing but a salt or a form."""
    words = ingredient.split()
    for count in range(len(words), 0, -1):
        agent = lexicon.named(TermKind.AGENT, " ".join(words[:count]))
        if agent is not None:
            return agent if all(word in _ADDITIONS for word in words[count:]) else None
    return None


def _combination(ingredients: Iterable[str], lexicon: Lexicon) -> str | None:
    """The agent that is itself a combination of just these: sulfamethoxazole and trimethoprim."""
    asked = {" ".join(word for word in ingredient.split() if word not in _ADDITIONS) for ingredient in ingredients}
    for agent in lexicon.vocabulary.agents.values():
        parts = set(plain(agent.label).split(" and "))
        if len(parts) > 1 and parts == asked:
            return agent.code
    return None
