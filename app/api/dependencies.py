"""What endpoints take from the application: found by the request alone, built once in `create_app`."""

from typing import Annotated

from fastapi import Depends, Request

from app.catalogue.queries import Catalogue
from app.web.metrics import Metrics


def _catalogue(request: Request) -> Catalogue:
    catalogue: Catalogue = request.app.state.catalogue
    return catalogue


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


TheCatalogue = Annotated[Catalogue, Depends(_catalogue)]
TheMetrics = Annotated[Metrics, Depends(_metrics)]
