"""The naive twin: the same catalogue as a typical team writes it, to be measured beside ours.

FastAPI and SQLModel, `def` routes with a yielded session, lazy relationships, `response_model`, offset and count.
It wears our middleware, so that the difference is the reads alone.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from sqlalchemy import func
from sqlmodel import Field, Relationship, Session, SQLModel, create_engine, or_, select

from app.catalogue.documents import TrialRecord


class Site(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    trial_id: str = Field(foreign_key="trial.id", index=True)
    name: str | None
    city: str | None
    country: str | None
    status: str | None


class Contact(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    trial_id: str = Field(foreign_key="trial.id", index=True)
    name: str | None
    phone: str | None
    email: str | None


class Dose(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    trial_id: str = Field(foreign_key="trial.id", index=True)
    value: float
    unit: str
    level: int | None


class OutcomeMeasure(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    trial_id: str = Field(foreign_key="trial.id", index=True)
    type: str | None
    measure: str
    time_frame: str | None


class Criterion(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    trial_id: str = Field(foreign_key="trial.id", index=True)
    key: str
    kind: str
    statement: str
    locator: str
    expression: str | None


class Trial(SQLModel, table=True):
    id: str = Field(primary_key=True)
    title: str
    summary: str | None
    status: str = Field(index=True)
    phase: str | None = Field(index=True)
    cell_type: str = Field(index=True)
    cell_source: str | None = Field(index=True)
    sponsor: str | None
    updated_at: str = Field(index=True)
    sites: list[Site] = Relationship()
    contacts: list[Contact] = Relationship()
    doses: list[Dose] = Relationship()
    outcomes: list[OutcomeMeasure] = Relationship()
    criteria: list[Criterion] = Relationship()


class SiteOut(SQLModel):
    name: str | None
    city: str | None
    country: str | None
    status: str | None


class DoseOut(SQLModel):
    value: float
    unit: str
    level: int | None


class ContactOut(SQLModel):
    name: str | None
    phone: str | None
    email: str | None


class OutcomeOut(SQLModel):
    type: str | None
    measure: str
    time_frame: str | None


class CriterionOut(SQLModel):
    key: str
    kind: str
    statement: str
    locator: str
    expression: str | None


class Card(SQLModel):
    id: str
    title: str
    status: str
    phase: str | None
    cell_type: str
    cell_source: str | None
    sponsor: str | None
    updated_at: str
    sites: list[SiteOut]
    doses: list[DoseOut]


class Whole(Card):
    summary: str | None
    contacts: list[ContactOut]
    outcomes: list[OutcomeOut]
    criteria: list[CriterionOut]


class Page(SQLModel):
    items: list[Card]
    total: int


class WholePage(SQLModel):
    items: list[Whole]
    total: int


def _session(request: Request) -> Iterator[Session]:
    with Session(request.app.state.engine) as opened:
        yield opened


Db = Annotated[Session, Depends(_session)]


def create_app(file: Path) -> FastAPI:
    """The twin over a SQLite file that `fill` has made."""
    app = FastAPI()
    app.state.engine = create_engine(f"sqlite:///{file}", connect_args={"check_same_thread": False})

    @app.get("/trials/{trial_id}", response_model=Whole)
    def get_trial(trial_id: str, db: Db) -> Trial:
        trial = db.get(Trial, trial_id)
        if trial is None:
            raise HTTPException(404)
        return trial

    @app.get("/trials", response_model=Page)
    def list_trials(db: Db, offset: int = 0, limit: int = 20, cell_type: str | None = None) -> dict[str, object]:
        return _page(db, offset, limit, cell_type)

    @app.get("/whole-trials", response_model=WholePage)
    def list_whole_trials(db: Db, offset: int = 0, limit: int = 20) -> dict[str, object]:
        return _page(db, offset, limit, None)

    @app.get("/search", response_model=Page)
    def search_trials(db: Db, q: str, limit: int = 20) -> dict[str, object]:
        like = f"%{q}%"
        found = select(Trial).where(or_(Trial.title.like(like), Trial.summary.like(like)))  # type: ignore[attr-defined,union-attr]
        total = db.exec(select(func.count()).select_from(found.subquery())).one()
        return {"items": db.exec(found.limit(limit)).all(), "total": total}

    @app.get("/facets")
    def facets(db: Db) -> dict[str, dict[str, int]]:
        return {
            name: {
                str(value): count
                for value, count in db.exec(select(getattr(Trial, name), func.count()).group_by(getattr(Trial, name)))
            }
            for name in ("status", "phase", "cell_type", "cell_source")
        }

    return app


def _page(db: Session, offset: int, limit: int, cell_type: str | None) -> dict[str, object]:
    chosen = select(Trial)
    if cell_type is not None:
        chosen = chosen.where(Trial.cell_type == cell_type)
    total = db.exec(select(func.count()).select_from(chosen.subquery())).one()
    ordered = chosen.order_by(Trial.updated_at.desc()).offset(offset).limit(limit)  # type: ignore[attr-defined]
    return {"items": db.exec(ordered).all(), "total": total}


def fill(file: Path, records: Iterable[TrialRecord]) -> None:
    """Make the twin's SQLite file with the same trials."""
    engine = create_engine(f"sqlite:///{file}")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as db:
        for number, record in enumerate(records):
            db.add(_row(record))
            if number % 2_000 == 1_999:
                db.commit()
        db.commit()


def _row(record: TrialRecord) -> Trial:
    return Trial(
        id=record.id,
        title=record.title,
        summary=record.summary,
        status=record.status.value,
        phase=record.phase,
        cell_type=record.product.cell_type,
        cell_source=record.product.cell_source,
        sponsor=record.sponsor,
        updated_at=record.true_as_of or "",
        sites=[
            Site(
                trial_id=record.id,
                name=site.name,
                city=site.city,
                country=site.country,
                status=site.status.value if site.status else None,
            )
            for site in record.sites
        ],
        contacts=[
            Contact(trial_id=record.id, name=part.name, phone=part.phone, email=part.email) for part in record.contacts
        ],
        doses=[
            Dose(trial_id=record.id, value=float(dose.value), unit=dose.unit, level=dose.level) for dose in record.doses
        ],
        outcomes=[
            OutcomeMeasure(trial_id=record.id, type=part.type, measure=part.measure, time_frame=part.time_frame)
            for part in record.outcomes
        ],
        criteria=[
            Criterion(
                trial_id=record.id,
                key=part.key,
                kind=part.kind,
                statement=part.statement,
                locator=part.locator,
                expression=part.expression.model_dump_json() if part.expression else None,
            )
            for part in record.criteria
        ],
    )
