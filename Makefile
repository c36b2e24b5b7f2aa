# Nightquest: `make help` lists the targets. Needs Python 3.11 with venv, make and git.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
# Where it is set, each command would compile its libraries again: 5 of 10 s of a night's start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test long up dashboard lint lock docs bench contracts faults mutants fuzz replay equality kills fortnight

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

install: $(VENV)/installed ## Install everything into .venv from the lock (once)

# --no-deps: the lock is complete. Not compiling 180 packages ahead saves half a minute.
$(VENV)/installed: requirements.lock pyproject.toml
	@echo "Installing into $(VENV) (once, 1 to 3 minutes) ..."
	@command -v $(PYTHON) > /dev/null || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps \
		--no-build-isolation --editable .
	@touch $@

demo: install ## A simulated organisation, from its APIs to a published warehouse
	@$(BIN)/nightquest demo

test: install ## The whole test suite, Postgres and the emulated Snowflake included
	@$(BIN)/python -m pytest

long: install ## What the suite leaves out: more histories, chains and nights (20 minutes and more)
	@$(BIN)/python -m pytest -m long

up: install ## Dagster's UI (3000) and the dashboard (8501) together; Ctrl-C stops both
	@$(BIN)/nightquest up

dashboard: install ## The dashboard (8501): of your own home where one is set, else of the demo
	@$(if $(or $(NIGHTQUEST_HOME),$(wildcard .env)),,NIGHTQUEST_HOME=.nightquest/demo NIGHTQUEST_ENV=demo) \
		$(BIN)/python -m app

lint: install ## Check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

lock: ## Resolve requirements.lock anew (needs uv)
	@uv pip compile pyproject.toml --extra dev --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-strip-extras --no-header --quiet --output-file requirements.lock

docs: install ## docs/dictionary.md, and the models' documentation with lineage as a page
	@$(BIN)/python -m orchestration.dictionary
	@cd dbt_project && ../$(BIN)/dbt docs generate --static --profiles-dir . --empty-catalog
	@echo "Open dbt_project/target/static_index.html"

contracts: install ## Our requests against GitHub's published OpenAPI and GraphQL (needs npm)
	@$(BIN)/python -m tests.contracts.openapi
	@$(BIN)/python -m pytest -n 0 tests/contracts

faults: install ## Every fault of the sources, injected, and what came out
	@$(BIN)/python -m tests.faults

mutants: install ## Take each fault's handler away: its test must fail
	@$(BIN)/python -m tests.faults.mutants

fuzz: install ## 10,000 malformed payloads and files: loaded or set aside, and the counts add up
	@$(BIN)/python -m tests.fuzz

replay: install ## Ten years of two real projects, disturbed, by nights and rebuilt: equal at the end
	@$(BIN)/python -m tests.integration.replay_whole
	@$(BIN)/python -m tests.integration.replay_nights

equality: install ## The demo on all targets, real history on two: equal rows (10 minutes)
	@$(BIN)/python -m tests.integration.equality

kills: install ## Nights killed at 50 random moments, on each engine: the next one heals (two hours each)
	@$(BIN)/python -m tests.integration.kills --target duckdb
	@$(BIN)/python -m tests.integration.kills --target postgres

fortnight: install ## Two weeks on Dagster's scheduler, the clock moved, something amiss in most nights (half an hour)
	@$(BIN)/python -m tests.integration.fortnight

bench: install ## Benchmarks; each prints its figure and the machine
	@$(BIN)/python -m benchmarks
