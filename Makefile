# Every target does its own set-up: a machine needs Python 3.11 or newer, make and the package registries.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test test-all check format bench eval train lock sbom chart clean

help: ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Endurance needs Python 3.11 or newer; this is " + sys.version.split()[0] + " (set PYTHON=…)")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.clients: requirements-clients.lock $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-clients.lock
	@touch $@

# A machine without npm skips what needs it.
NPM := $(shell command -v npm)
$(VENV)/.clients-npm: tests/clients/package.json tests/clients/package-lock.json | $(BIN)/python
	@mkdir -p $(VENV)/clients
	cp $^ $(VENV)/clients/
	cd $(VENV)/clients && $(NPM) ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

setup: $(VENV)/.runtime ## Make .venv with the endurance command

run: $(VENV)/.runtime ## Endurance in front of the example chatbot, or of UPSTREAM=http://…
	@$(BIN)/python -m endurance.demo.showcase $(if $(UPSTREAM),--upstream $(UPSTREAM)) $(ARGS)

test: $(VENV)/.dev ## Everything that needs no root
	@$(BIN)/python -m pytest -n auto $(ARGS)

test-all: $(VENV)/.clients $(if $(NPM),$(VENV)/.clients-npm) ## The same, the long campaigns, fuzzing and the vendors' clients
	@ENDURANCE_REQUIRE_CAMPAIGNS=1 $(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev ## Lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Rewrite the code as ruff would have it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Measure speed and memory
	@$(BIN)/python -m bench $(ARGS)

eval: $(VENV)/.dev ## Measure agreement with people (EVAL_DATA=folder for the labelled sets)
	@$(BIN)/python -m bench.quality $(ARGS)

# PyTorch and the starting weights are locked nowhere: nothing else needs them.
$(VENV)/.train: pyproject.toml | $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation -e '.[train]'
	@touch $@

train: $(VENV)/.train ## Train what is shipped as weights (EVAL_DATA=… ENDURANCE_DIMENSION_DATA=… name the labelled files)
	@$(BIN)/python -m bench.train $(ARGS)
	@$(BIN)/python -m bench.docs_dimensions

lock: $(VENV)/.dev ## Write the lock files anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
	    pyproject.toml --group build -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
	    pyproject.toml --group build --extra nats --extra otlp -c requirements.lock -o requirements-image.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
	    pyproject.toml --group build --extra dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras \
	    pyproject.toml --group build --extra dev --extra clients --extra fuzz -c requirements-dev.lock \
	    -o requirements-clients.lock

sbom: $(VENV)/.dev ## Write what the image holds as CycloneDX to dist/endurance.cdx.json
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements requirements-image.lock --pyproject pyproject.toml --mc-type application \
	    --output-reproducible --output-format JSON --output-file dist/endurance.cdx.json

chart: $(VENV)/.dev ## Write the chart's schema of values, its README's table and its dashboards anew
	@$(BIN)/python -m helm

clean: ## Remove what the targets made
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
