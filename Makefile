# Needs Python 3.11 or newer, make and git; everything else is put into .venv.

find_python = for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done 2>/dev/null
PYTHON := $(or $(PYTHON),$(shell $(find_python)))
BIN := .venv/bin
VAR := $(or $(VAR_DIR),var)
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile

# Python compiles what is imported, when it is: sooner than pip compiling everything, if it may keep the outcome.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-long bench check python address
.NOTPARALLEL:

help:
	@echo 'make run        Opsroom with a demo agency, on http://127.0.0.1:8000 (HOST and PORT choose another)'
	@echo 'make test       the tests, on SQLite or on DATABASE_URL and BROKER_URL'
	@echo 'make test-long  what is random or goes wrong on purpose, for much longer'
	@echo 'make bench      ratios against the bare database, on SQLite or on DATABASE_URL; SIZE=10M for ten times as much'
	@echo 'make check      style, migrations, settings and compose file'

run: $(VAR)/running

# The supervisor's lock is make's target: interrupted, make removes it and the supervisor stops.
$(VAR)/running: address .venv/runtime
	@$(BIN)/python config/serve.py

address: python
	@$(PYTHON) config/serve.py check

test: .venv/development
	@command -v chromium >/dev/null || echo 'No chromium: the browser tests are skipped.'
	@case "$$DATABASE_URL" in postgres*) ;; *) echo 'No DATABASE_URL=postgres://...: PostgreSQL is not tried.';; esac
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(PYTEST)

test-long: .venv/development
	@LONG=1 $(BIN)/python -m pytest --numprocesses auto --dist worksteal -m long $(PYTEST)

bench: .venv/runtime
	@$(BIN)/python -m bench

check: .venv/development
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@DEMO=1 DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run
	@SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') ALLOWED_HOSTS=opsroom.example.org \
		DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

.venv/runtime: requirements.txt | .venv/bin/python
	@echo 'Installing what Opsroom runs on ...'
	@$(PIP) -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt .venv/runtime
	@echo 'Installing what the tests need ...'
	@$(PIP) -r requirements-dev.txt
	@touch $@

.venv/bin/python: | python
	@$(PYTHON) -m venv .venv

python:
	@test -n '$(PYTHON)' || { echo 'Opsroom needs Python 3.11 or newer.' >&2; exit 1; }
