# Everything starts here: `make demo` to see it, `make test` to check it. Each does its own set-up; all it needs is Python >= 3.11.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STORE ?= embedded
PORT ?=
# One worker a core; tests of one file, and all that share the one Neo4j, stay together.
PYTEST_ARGS ?= --numprocesses=auto --dist=loadgroup

# Debian keeps the venv module in a package of its own.
INSTALL_VENV := [ $$(id -u) -eq 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv

RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PEERS := $(VENV)/.bench-installed
SOURCES := serendipity tests $(wildcard bench)

.PHONY: help setup demo run test check lint format translations bench soak lock

help: ## Say what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 16

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name it: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); $(INSTALL_VENV) && $(PYTHON) -m venv $(VENV); } \
		|| { rm -rf $(VENV); echo "Python's venv module is needed (on Debian: apt-get install python3-venv)" >&2; exit 1; }

$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# The development lock holds the runtime lock, so one installation serves both.
$(DEV): requirements-dev.txt requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(RUNTIME) $@

# The lock of the benchmarks holds that of development.
$(PEERS): requirements-bench.txt $(DEV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@touch $@

setup: $(DEV) ## Install everything that development needs into .venv

demo: $(RUNTIME) ## Show the example community (STORE=neo4j for Neo4j, PORT=8080)
ifeq ($(STORE),neo4j)
	[ -n "$${SERENDIPITY_NEO4J_URI:-}" ] || SERENDIPITY_TEST_POSTGRES_URL=- SERENDIPITY_TEST_CHROMIUM=- tests/servers/install.sh
	$(BIN)/python -m tests.servers.with_neo4j $(BIN)/serendipity demo --store neo4j $(PORT:%=--port %)
else
	$(BIN)/serendipity demo --store $(STORE) $(PORT:%=--port %)
endif

run: $(RUNTIME) ## Run the service: pages, and a worker beside them
	$(BIN)/serendipity run

test: lint check ## Check everything: style, types, layers, every test, every documented example

check: $(DEV)
	tests/servers/install.sh
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(DEV) ## Check style, types, layers and translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/python -m tests.translations_compiled

format: $(DEV) ## Bring the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

translations: $(DEV) ## Compile the translation catalogues
	$(BIN)/python -m tests.translations_compiled --write

bench: $(PEERS) ## Measure speed and quality, as tables
	$(BIN)/python -m bench

soak: $(DEV) ## Kill and resume in full counts (long)
	tests/servers/install.sh
	$(BIN)/python -m pytest -m soak --timeout=0 $(PYTEST_ARGS)

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

lock: $(BIN)/python ## Resolve the dependencies of pyproject.toml into the three lock files again
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(COMPILE) pyproject.toml --extra build --output-file requirements.txt
	$(COMPILE) pyproject.toml --extra build --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(COMPILE) pyproject.toml --extra build --extra dev --extra bench --constraint requirements-dev.txt --output-file requirements-bench.txt
