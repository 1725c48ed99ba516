# Everything a person does with this checkout. `make help` lists it.
# PYTHON=... chooses another interpreter; it has to be Python 3.11 to 3.14.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.funnelkit-setup
SOURCES := pyproject.toml constraints.txt
SHELL   := /bin/sh
.DEFAULT_GOAL := help

# The stamp holds checksums, not times: a touched file starts no set-up, a moved checkout does.
SUMS := { cat $(SOURCES); pwd; } | cksum
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))

.PHONY: help setup demo test check generated lab bench calibrate lock build clean

help:  ## list what there is
	@sed -n "s/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p" $(MAKEFILE_LIST) | awk -F'|' '{printf "%-17s %s\n", $$1, $$2}'

setup:  ## set up .venv with every extra (again only when the versions changed)
	@if [ -f $(STAMP) ] && [ "$$(cat $(STAMP))" = "$$( $(SUMS) )" ] && $(BIN)/python -c "" 2>/dev/null; then exit 0; fi; \
	set -e; \
	if ! $(BIN)/python -c "$(SUPPORTED)" >/dev/null 2>&1 || ! grep -qsF "$(CURDIR)/$(VENV)" $(BIN)/pip; then \
		found=; \
		for candidate in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
			if "$$candidate" -c "$(SUPPORTED)" >/dev/null 2>&1; then found=$$candidate; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "No Python 3.11 to 3.14 found ($(PYTHON) is $$($(PYTHON) --version 2>&1 | tail -n 1))." >&2; \
			echo "Install one, or name it: make setup PYTHON=/path/to/python3.12" >&2; \
			exit 1; \
		fi; \
		echo "Setting up $(VENV) with $$($$found --version) ..."; \
		"$$found" -m venv --clear $(VENV) || { \
			echo "The virtual environment could not be made. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	fi; \
	echo "Installing the locked versions; the first time this takes some minutes ..."; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	$(SUMS) > $(STAMP)

demo: setup  ## the main job on bundled data: a review for each region in build/demo
	@$(BIN)/funnelkit report funnel-review industrial --each region --lang en --out build/demo
	@echo "Open build/demo/index.html"

test: setup check  ## everything that has to hold
	@$(BIN)/python -m pytest
	@FUNNELKIT_PROGRESS=- $(BIN)/python -m pytest -q --nbval --nbval-current-env notebooks/en notebooks/zh exercises/solutions
	@FUNNELKIT_PROGRESS=- $(BIN)/python -m pytest -q --nbval-lax --nbval-current-env notebooks/apps/*.ipynb exercises/en exercises/zh

check: setup generated  ## lint, format, types, floors, stale generated files
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format" >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@out=$$($(BIN)/lint-imports 2>&1) || { echo "$$out" >&2; exit 1; }

generated: setup  ## are the generated files up to date? (CONTRIBUTING.md lists them)
	@$(BIN)/python -m funnelkit.report.build --check
	@$(BIN)/python -m funnelkit.simulation.datasets --check
	@$(BIN)/python -m funnelkit.teach.build --check
	@$(BIN)/python -m funnelkit.apps.build --check

lab: setup  ## open the course folder in JupyterLab
	@$(BIN)/funnelkit lab

bench: setup  ## measure side by side with other ways (minutes; no part of the tests)
	@$(BIN)/python -m benchmarks
	@for part in simulate diagnose forecast reports apps ledger; do $(BIN)/python -m benchmarks.$$part || exit 1; done

calibrate: setup  ## does what is said of chance hold? thousands of simulated pipelines (an hour on two cores)
	@$(BIN)/python -m benchmarks.calibrate

lock: setup  ## write constraints.txt anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras \
		--generate-hashes --no-header --no-emit-index-url -o constraints.txt pyproject.toml

build: setup  ## the wheel, in dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

clean:  ## remove what was built (not .venv)
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
