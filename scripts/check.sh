#!/usr/bin/env bash
# Everything that can be said of the source without running the tests. Stops at the first complaint.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"

step() { echo "check: $*"; }

step "style"
ruff check --quiet .
ruff format --quiet --check .
step "types"
mypy --no-error-summary
step "templates"
djlint templates --lint --quiet

step "migrations"
# A database of its own, so that a demo that is running is neither used nor stopped.
TA_DATA_DIR=$(mktemp -d -t ta-check-XXXXXX)
export TA_DATA_DIR
chmod 711 "$TA_DATA_DIR"
trap 'python manage.py stop_embedded >/dev/null; rm -rf "$TA_DATA_DIR"' EXIT
python manage.py makemigrations --check --dry-run

step "settings of an installation"
DATABASE_URL=postgres://nobody@nowhere/ta REDIS_URL=redis://nowhere ALLOWED_HOSTS=ta.example.org \
    SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(60))') \
    python manage.py check --deploy --fail-level WARNING
