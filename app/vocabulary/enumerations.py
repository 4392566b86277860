"""The enumerations of the contract; where ClinicalTrials.gov has one, its values in lower snake case."""

from enum import StrEnum


class CellType(StrEnum):
    CAR_T = "car_t"
    CAR_NK = "car_nk"
    CAR_DNT = "car_dnt"
    CAR_TREG = "car_treg"
    CAR_GAMMA_DELTA_T = "car_gamma_delta_t"
    CAAR_T = "caar_t"
    CAR_NKT = "car_nkt"
    CAR_MACROPHAGE = "car_macrophage"
    OTHER = "other"


class CellSource(StrEnum):
    AUTOLOGOUS = "autologous"
    ALLOGENEIC = "allogeneic"
    IN_VIVO = "in_vivo"


class Status(StrEnum):
    """Recruitment status of a trial or of a site."""

    NOT_YET_RECRUITING = "not_yet_recruiting"
    RECRUITING = "recruiting"
    ENROLLING_BY_INVITATION = "enrolling_by_invitation"
    ACTIVE_NOT_RECRUITING = "active_not_recruiting"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    EARLY_PHASE_1 = "early_phase_1"
    PHASE_1 = "phase_1"
    PHASE_1_2 = "phase_1_2"
    PHASE_2 = "phase_2"
    PHASE_2_3 = "phase_2_3"
    PHASE_3 = "phase_3"
    PHASE_4 = "phase_4"
    NOT_APPLICABLE = "not_applicable"


class TrialSex(StrEnum):
    """The sexes a trial admits."""

    ALL = "all"
    FEMALE = "female"
    MALE = "male"


class Sex(StrEnum):
    """A patient's sex, as formulas and criteria use it."""

    FEMALE = "female"
    MALE = "male"


class StudyType(StrEnum):
    INTERVENTIONAL = "interventional"
    OBSERVATIONAL = "observational"
    EXPANDED_ACCESS = "expanded_access"


class Allocation(StrEnum):
    RANDOMIZED = "randomized"
    NON_RANDOMIZED = "non_randomized"
    NOT_APPLICABLE = "not_applicable"


class InterventionModel(StrEnum):
    SINGLE_GROUP = "single_group"
    PARALLEL = "parallel"
    CROSSOVER = "crossover"
    FACTORIAL = "factorial"
    SEQUENTIAL = "sequential"


class Masking(StrEnum):
    NONE = "none"
    SINGLE = "single"
    DOUBLE = "double"
    TRIPLE = "triple"
    QUADRUPLE = "quadruple"


class Purpose(StrEnum):
    TREATMENT = "treatment"
    PREVENTION = "prevention"
    DIAGNOSTIC = "diagnostic"
    SUPPORTIVE_CARE = "supportive_care"
    SCREENING = "screening"
    HEALTH_SERVICES_RESEARCH = "health_services_research"
    BASIC_SCIENCE = "basic_science"
    DEVICE_FEASIBILITY = "device_feasibility"
    ECT = "ect"
    OTHER = "other"


class Escalation(StrEnum):
    """How doses rise from group to group; `dose_escalation` where the scheme itself is unstated."""

    THREE_PLUS_THREE = "3_plus_3"
    DOSE_ESCALATION = "dose_escalation"
    NONE = "none"


class ArmType(StrEnum):
    EXPERIMENTAL = "experimental"
    ACTIVE_COMPARATOR = "active_comparator"
    PLACEBO_COMPARATOR = "placebo_comparator"
    SHAM_COMPARATOR = "sham_comparator"
    NO_INTERVENTION = "no_intervention"
    OTHER = "other"


class DateType(StrEnum):
    ACTUAL = "actual"
    ESTIMATED = "estimated"


class Basis(StrEnum):
    """Whether the source states a thing or a curator inferred it."""

    STATED = "stated"
    INFERRED = "inferred"


class IdentifierScheme(StrEnum):
    NCT = "nct"
    CHICTR = "chictr"
    EUCT = "euct"
    ISRCTN = "isrctn"
    JRCT = "jrct"
    ORG_STUDY_ID = "org_study_id"
    OTHER = "other"


class OutcomeType(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    OTHER = "other"


class OutcomeCategory(StrEnum):
    SAFETY = "safety"
    EFFICACY = "efficacy"
    PHARMACOKINETIC = "pharmacokinetic"
    PHARMACODYNAMIC = "pharmacodynamic"
    QUALITY_OF_LIFE = "quality_of_life"
    OTHER = "other"


class ContactRole(StrEnum):
    PRIMARY = "primary"
    BACKUP = "backup"
    PRINCIPAL_INVESTIGATOR = "principal_investigator"
    CONTACT = "contact"


class SourceKind(StrEnum):
    REGISTRY = "registry"
    REGISTRY_MIRROR = "registry_mirror"
    PUBLICATION = "publication"


class NoteKind(StrEnum):
    """Why a curation note stands beside a field."""

    INFERRED = "inferred"
    CORRECTED = "corrected"
    AMBIGUOUS = "ambiguous"
    CONFLICTING = "conflicting"
    MISSING = "missing"
    EXCLUDED = "excluded"


class CriterionKind(StrEnum):
    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


class Milestone(StrEnum):
    """The points of a trial on which time windows are anchored."""

    CONSENT = "consent"
    SCREENING = "screening"
    ENROLLMENT = "enrollment"
    APHERESIS = "apheresis"
    LYMPHODEPLETION = "lymphodepletion"
    INFUSION = "infusion"


class Interpretation(StrEnum):
    """A laboratory's own reading of a result (FHIR `Observation.interpretation`)."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    ABNORMAL = "abnormal"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    INDETERMINATE = "indeterminate"


class ConditionStatus(StrEnum):
    ACTIVE = "active"
    REMISSION = "remission"
    RESOLVED = "resolved"


class Severity(StrEnum):
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class CriteriaSet(StrEnum):
    """Published classification criteria by which a condition was diagnosed."""

    EULAR_ACR_2019 = "eular_acr_2019"
    SLICC_2012 = "slicc_2012"
    ACR_1997 = "acr_1997"


class TherapyResponse(StrEnum):
    ADEQUATE = "adequate"
    INADEQUATE = "inadequate"
    RELAPSE = "relapse"
    INTOLERANT = "intolerant"


class Comparator(StrEnum):
    LT = "lt"
    LE = "le"
    EQ = "eq"
    GE = "ge"
    GT = "gt"


class ReferenceLimit(StrEnum):
    """The laboratory's own limit, of which a threshold can be a multiple."""

    UPPER = "uln"
    LOWER = "lln"


class Outcome(StrEnum):
    """How one criterion stands for one patient, free of inclusion or exclusion."""

    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class Reason(StrEnum):
    """Why an outcome is unknown."""

    MISSING = "missing"
    STALE = "stale"
    UNDATED = "undated"
    IMPRECISE = "imprecise"
    CONFLICTING = "conflicting"
    UNIT = "unit"
    NO_REFERENCE_LIMIT = "no_reference_limit"
    JUDGEMENT = "judgement"
    UNDERTAKING = "undertaking"
    UNSTRUCTURED = "unstructured"


class TrialVerdict(StrEnum):
    """How a trial stands for a patient, the best prospects first: results are ranked in this order."""

    ELIGIBLE = "eligible"
    UNDETERMINED = "undetermined"
    INELIGIBLE = "ineligible"
    NOT_ASSESSABLE = "not_assessable"


class Incompleteness(StrEnum):
    """Why a trial's criteria are known to be incomplete."""

    EXCLUSIONS_MISSING = "exclusions_missing"
    INCLUSIONS_MISSING = "inclusions_missing"
    UNSTRUCTURED = "unstructured"
