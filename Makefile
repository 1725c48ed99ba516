# Everything a person does with this checkout. `make help` lists it.
# PYTHON=... chooses another interpreter; it has to be Python 3.11 to 3.14.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
WORKERS ?= logical
SHELL   := /bin/sh
.DEFAULT_GOAL := help

# A stamp holds checksums, not times: a touched file starts no set-up, a moved checkout does.
# $(call stamp,LOCK) is its file, $(call sums,LOCK) what it has to hold.
stamp = $(VENV)/.set-up-$(1)
sums  = { cat pyproject.toml $(1); pwd; } | cksum
# Exit 0 where everything of a lock is there already.
ready = [ -f $(call stamp,$(1)) ] && [ "$$(cat $(call stamp,$(1)))" = "$$( $(call sums,$(1)) )" ] \
	&& $(BIN)/python -c "" 2>/dev/null
# uv, itself taken from the lock, installs in seconds; where it cannot be had pip takes its time.
# Either way every file is held against its hash.
install = if { sed -n '/^uv==/,/[^\]$$/p' constraints-dev.txt > $(VENV)/uv.txt \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
			--target $(VENV)/uv -r $(VENV)/uv.txt \
		&& $(VENV)/uv/bin/uv pip install --quiet --system-certs --python $(BIN)/python --require-hashes -r $(1) \
		&& $(VENV)/uv/bin/uv pip install --quiet --system-certs --python $(BIN)/python --no-deps \
			--no-build-isolation -e .; } 2>$(VENV)/uv.log; then :; else \
		echo "uv cannot be used here (see $(VENV)/uv.log); pip takes some minutes ..."; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1); \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
			--no-build-isolation -e .; \
	fi; rm -rf $(VENV)/uv $(VENV)/uv.txt; $(call sums,$(1)) > $(call stamp,$(1))
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))

.PHONY: help setup setup-dev demo test check lint types floors generated lab docs bench calibrate lock build clean

help:  ## list what there is
	@sed -n "s/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p" $(MAKEFILE_LIST) | awk -F'|' '{printf "%-17s %s\n", $$1, $$2}'

setup:  ## set up .venv: the kit alone (again only when the versions changed)
	@if $(call ready,constraints.txt); then exit 0; fi; \
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
	echo "Installing the locked versions ..."; \
	$(call install,constraints.txt)

setup-dev: setup  ## the same with what tests, checks and benchmarks need beside the kit
	@if $(call ready,constraints-dev.txt); then exit 0; fi; \
	set -e; \
	echo "Installing what tests and benchmarks need ..."; \
	$(call install,constraints-dev.txt)

demo: setup  ## the main job on bundled data: a review for each region in build/demo
	@$(BIN)/funnelkit report funnel-review industrial --each region --lang en --resume --out build/demo
	@echo "Open build/demo/index.html"

# A test file stays in one process, so that what it sets up is set up once; the long ones come first.
# The processes fill the cores: threads of their own inside would only wait for each other.
PYTEST := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: check  ## everything that has to hold
	@$(PYTEST)
	@FUNNELKIT_PROGRESS=- $(PYTEST) -q --nbval --nbval-current-env notebooks/en notebooks/zh exercises/solutions
	@FUNNELKIT_PROGRESS=- $(PYTEST) -q --nbval-lax --nbval-current-env notebooks/apps/*.ipynb exercises/en exercises/zh

check: setup-dev  ## lint, format, types, floors, stale generated files
	@$(MAKE) --no-print-directory -j 2 types generated lint floors

lint:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format" >&2; exit 1; }

types:
	@$(BIN)/mypy --no-error-summary

floors:
	@out=$$($(BIN)/lint-imports 2>&1) || { echo "$$out" >&2; exit 1; }

generated:  # CONTRIBUTING.md lists them
	@$(BIN)/python -m funnelkit.report.build --check
	@$(BIN)/python -m funnelkit.simulation.datasets --check
	@$(BIN)/python -m funnelkit.teach.build --check
	@$(BIN)/python -m funnelkit.apps.build --check

lab: setup  ## open the course folder in JupyterLab
	@$(BIN)/funnelkit lab

docs: setup-dev  ## the documentation as a site, in build/docs
	@$(BIN)/python docs/build.py --out build/docs

bench: setup-dev  ## measure side by side with other ways (minutes; no part of the tests)
	@$(BIN)/python -m benchmarks
	@for part in simulate diagnose forecast reports apps ledger answers; do $(BIN)/python -m benchmarks.$$part || exit 1; done

calibrate: setup-dev  ## does what is said of chance hold? thousands of simulated pipelines (some four and a half hours on two cores)
	@$(BIN)/python -m benchmarks.calibrate

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --group build

lock: setup-dev  ## write both locks anew from pyproject.toml
	@$(COMPILE) --upgrade --all-extras -o constraints-dev.txt pyproject.toml
	@$(COMPILE) --extra kit -c constraints-dev.txt -o constraints.txt pyproject.toml

build: setup-dev  ## the wheel, in dist/
	@$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

clean:  ## remove what was built (not .venv)
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
