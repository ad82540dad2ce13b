# The two commands of the README are `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-check serve lint test audits examples

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

setup: $(READY) ## Make the environment in .venv from the lock file

$(READY): requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
	  || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY) ## Synthetic exports of every source, imported, linked, flagged and served
	@$(BIN)/hub demo

demo-check: $(READY) ## The same without serving: query over HTTP, fail if anything is off
	@$(BIN)/hub demo --check

serve: $(READY) ## Serve the registry as it is
	@$(BIN)/hub serve

lint: $(READY) ## Style, types, import floors, mapping files, generated documents, SDL and its changes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint mappings
	$(BIN)/python -m schema.sdl --check
	$(BIN)/python -m validation.catalogue --check
	$(BIN)/python -m schema.changes

test: lint ## Everything CI runs: lint, then pytest (with alembic check) on PostgreSQL
	$(BIN)/pytest -q

audits: $(READY) ## Audit the served /graphql against GraphQL over HTTP (needs Node 18, npm)
	@tests/graphql_http/run.sh

# The generator wants graphql-core 3.2 and an older ruff than ours: it has an environment of its own.
GENERATOR := examples/python/.venv

examples: $(READY) $(GENERATOR)/.ready ## Generate the typed client, run both examples (needs Node 20)
	@node --version
	$(BIN)/pytest -q tests/test_examples.py

$(GENERATOR)/.ready: examples/python/requirements.lock
	$(PYTHON) -m venv --clear $(GENERATOR)
	$(GENERATOR)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@
