# syntax=docker/dockerfile:1

# Build: an environment of locked, hashed dependencies. Nothing of this stage but the environment goes on.
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/cartalog \
 && /opt/cartalog/bin/pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements.lock \
 && /opt/cartalog/bin/pip uninstall --yes pip setuptools

# Run: the environment, the code and the seed; no build tools, no package manager of Python's, not root.
FROM python:3.11-slim-bookworm
RUN pip uninstall --yes pip setuptools wheel \
 && useradd --system --uid 10001 --home-dir /var/lib/cartalog --create-home cartalog
COPY --from=build /opt/cartalog /opt/cartalog
WORKDIR /srv/cartalog
COPY pyproject.toml ./
COPY migrations migrations
COPY seed seed
COPY app app
ENV PATH=/opt/cartalog/bin:$PATH \
    PYTHONPATH=/srv/cartalog \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CARTALOG_HOST=0.0.0.0 \
    CARTALOG_PORT=8000 \
    CARTALOG_DATABASE_URL=sqlite:////var/lib/cartalog/cartalog.db
USER 10001
VOLUME /var/lib/cartalog
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"CARTALOG_PORT\"]}/readyz', timeout=2)"]
# `serve` migrates and seeds before it listens.
CMD ["python", "-m", "app.cli", "serve"]
