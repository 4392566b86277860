"""The naive twin: the same catalogue as a typical team writes it, to be measured beside ours.

FastAPI and SQLModel, `def` routes with a yielded session, lazy relationships, `response_model`, offset and count.
It wears our middleware, so that the difference is the reads alone. It says less of a trial than ours does, and has
every index that a team would think of.
"""

import os
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy import func
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, or_, select

from app.main import middleware
from app.settings import Settings
from app.web.metrics import Metrics

FILE = "BENCHMARK_FILE"
"""The variable that names the twin's SQLite file; `naive_rows` makes it."""


class IdentifierFields(SQLModel):
    value: str
    scheme: str


class CodeFields(SQLModel):
    code: str = Field(index=True)


class ArmFields(SQLModel):
    key: str
    label: str
    type: str | None


class DoseFields(SQLModel):
    value: float
    unit: str
    level: int | None


class DrugFields(SQLModel):
    agent: str
    value: float | None
    unit: str | None


class SiteFields(SQLModel):
    name: str | None
    city: str | None = Field(index=True)
    country: str | None = Field(index=True)
    status: str | None = Field(index=True)


class ContactFields(SQLModel):
    name: str | None
    phone: str | None
    email: str | None


class OutcomeFields(SQLModel):
    type: str | None
    measure: str
    time_frame: str | None


class CriterionFields(SQLModel):
    key: str
    kind: str
    statement: str
    locator: str
    expression: str | None


class OfTrial(SQLModel):
    id: int | None = Field(default=None, primary_key=True)
    trial_id: str = Field(foreign_key="trial.id", index=True)


class Identifier(OfTrial, IdentifierFields, table=True): ...


class Target(OfTrial, CodeFields, table=True): ...


class Condition(OfTrial, CodeFields, table=True): ...


class Arm(OfTrial, ArmFields, table=True): ...


class Dose(OfTrial, DoseFields, table=True): ...


class Drug(OfTrial, DrugFields, table=True): ...


class Site(OfTrial, SiteFields, table=True): ...


class Contact(OfTrial, ContactFields, table=True): ...


class Outcome(OfTrial, OutcomeFields, table=True): ...


class Criterion(OfTrial, CriterionFields, table=True): ...


class TrialFields(SQLModel):
    id: str = Field(primary_key=True)
    title: str
    status: str = Field(index=True)
    phase: str | None = Field(index=True)
    cell_type: str = Field(index=True)
    cell_source: str | None = Field(index=True)
    min_age: int | None
    max_age: int | None
    sex: str | None = Field(index=True)
    enrollment: int | None
    sponsor: str | None = Field(index=True)
    updated_at: str = Field(index=True)


class MoreFields(SQLModel):
    official_title: str | None
    summary: str | None
    start_date: str | None
    completion_date: str | None


class Trial(TrialFields, MoreFields, table=True):
    identifiers: list[Identifier] = Relationship()
    targets: list[Target] = Relationship()
    conditions: list[Condition] = Relationship()
    arms: list[Arm] = Relationship()
    doses: list[Dose] = Relationship()
    lymphodepletion: list[Drug] = Relationship()
    sites: list[Site] = Relationship()
    contacts: list[Contact] = Relationship()
    outcomes: list[Outcome] = Relationship()
    criteria: list[Criterion] = Relationship()


class Card(TrialFields):
    identifiers: list[IdentifierFields]
    targets: list[CodeFields]
    conditions: list[CodeFields]
    doses: list[DoseFields]
    sites: list[SiteFields]


class Whole(Card, MoreFields):
    arms: list[ArmFields]
    lymphodepletion: list[DrugFields]
    contacts: list[ContactFields]
    outcomes: list[OutcomeFields]
    criteria: list[CriterionFields]


class Cards(SQLModel):
    items: list[Card]
    total: int


class Wholes(SQLModel):
    items: list[Whole]
    total: int


class Filters(SQLModel):
    cell_type: str | None = None
    status: str | None = None
    phase: str | None = None
    sponsor: str | None = None


def _session(request: Request) -> Iterator[Session]:
    with Session(request.app.state.engine) as opened:
        yield opened


def create_app() -> FastAPI:
    """The twin over the file that the environment names."""
    app = FastAPI(middleware=middleware(Settings(), Metrics()))
    url = f"sqlite:///{os.environ[FILE]}"
    app.state.engine = create_engine(url, connect_args={"check_same_thread": False})
    app.get("/trials/{trial_id}", response_model=Whole)(_get_trial)
    app.get("/trials", response_model=Cards)(_list_trials)
    app.get("/whole-trials", response_model=Wholes)(_list_trials)
    app.get("/search", response_model=Cards)(_search_trials)
    app.get("/facets")(_facets)
    return app


Db = Annotated[Session, Depends(_session)]
Asked = Annotated[Filters, Depends()]


def _get_trial(trial_id: str, db: Db) -> Trial:
    trial = db.get(Trial, trial_id)
    if trial is None:
        raise HTTPException(404)
    return trial


def _list_trials(db: Db, asked: Asked, offset: int = 0, limit: int = 20) -> dict[str, object]:
    chosen = _filtered(select(Trial), asked)
    total = db.exec(select(func.count()).select_from(chosen.subquery())).one()
    page = chosen.order_by(Trial.updated_at.desc()).offset(offset).limit(limit)  # type: ignore[attr-defined]
    return {"items": db.exec(page).all(), "total": total}


def _search_trials(db: Db, q: str, limit: int = 20) -> dict[str, object]:
    found = select(Trial)
    for word in q.split():
        like = f"%{word}%"
        found = found.where(or_(Trial.title.like(like), Trial.summary.like(like)))  # type: ignore[attr-defined,union-attr]
    total = db.exec(select(func.count()).select_from(found.subquery())).one()
    return {"items": db.exec(found.limit(limit)).all(), "total": total}


def _facets(db: Db, asked: Asked) -> dict[str, dict[str, int]]:
    columns: dict[str, Any] = {
        name: getattr(Trial, name) for name in ("cell_type", "cell_source", "status", "phase", "sex", "sponsor")
    }
    of_parts: dict[str, Any] = {
        "target": Target.code,
        "condition": Condition.code,
        "country": Site.country,
        "city": Site.city,
        "site_status": Site.status,
    }
    number = func.count(func.distinct(Trial.id))
    counted = {name: select(column, func.count()).group_by(column) for name, column in columns.items()} | {
        name: select(column, number).join_from(Trial, column.class_).group_by(column)
        for name, column in of_parts.items()
    }
    return {
        name: {
            str(value): count
            for value, count in db.exec(_filtered(counts, asked).order_by(counts.selected_columns[1].desc()).limit(100))
        }
        for name, counts in counted.items()
    }


def _filtered(chosen: Any, asked: Filters) -> Any:
    for name, value in asked.model_dump(exclude_none=True).items():
        chosen = chosen.where(getattr(Trial, name) == value)
    return chosen
