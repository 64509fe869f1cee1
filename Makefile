# innograph: `make serve` and `make test` are all that a fresh machine needs (Python >= 3.11 and make).

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The article's text is not part of the project; with it the tests hold every anchor against it.
ARTICLE := $(abspath ../shared/beijing-article.txt)
export INNOGRAPH_ARTICLE ?= $(wildcard $(ARTICLE))
# Everything here is many short processes. Where the environment keeps Python from saving what it compiles
# (images of containers often do), each of them would compile all modules again.
export PYTHONDONTWRITEBYTECODE :=
# The query editor is bundled from npm packages; everything else that a browser gets is written by hand.
ASSETS  := server/assets
EDITOR  := server/pages/static/editor.js
BUNDLED := $(addprefix $(ASSETS)/,build.mjs editor.js completing.js results.js editor.css)

.PHONY: help serve build check test test-engines bench wheel assets lint types format lock clean

help:            ## Show what there is to make.
	@grep -hE '^[a-z-]+: .*##|^[a-z-]+: +##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

serve: $(VENV)/run $(EDITOR)   ## Set up, build the graph and serve it on http://127.0.0.1:8000.
	$(BIN)/innograph serve

build: $(VENV)/run   ## Build, validate and publish a release.
	$(BIN)/innograph build

check: $(VENV)/run   ## Validate the authored files without publishing.
	$(BIN)/innograph check

test: $(VENV)/dev $(EDITOR)    ## Set up and run the whole test suite.
	$(BIN)/pytest --numprocesses 3 --dist loadfile

test-engines: $(VENV)/dev  ## Hold every engine to the same behaviours, Virtuoso too (installed if absent and root).
	@command -v virtuoso-t >/dev/null || { apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends virtuoso-opensource; } >/dev/null
	INNOGRAPH_TEST_ENGINES=1 $(BIN)/pytest tests/test_engines.py

bench: $(VENV)/dev  ## Measure everything beside its peers (an hour or more); writes docs/performance.md.
	@command -v wrk virtuoso-t >/dev/null && [ -e /usr/share/java/jena-shacl.jar ] || { apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wrk virtuoso-opensource \
		libapache-jena-java default-jre-headless; } >/dev/null
	$(BIN)/python -m benchmarks.performance --work .benchmarks

assets: $(EDITOR)    ## Bundle the query editor for the browser.

wheel: $(VENV)/run $(EDITOR)   ## Build the package as a wheel, with the query editor in it.
	$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lint: $(VENV)/dev    ## Lint and check the formatting.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev   ## Check the types.
	$(BIN)/mypy

format: $(VENV)/dev  ## Mend what can be mended by itself.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/dev    ## Resolve the dependencies anew, for every platform, with hashes.
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra build --extra dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		$(ASSETS)/node.in -o $(ASSETS)/node.lock

clean:           ## Remove the virtual environment, the bundled editor, the releases and what tools leave behind.
	rm -rf $(VENV) $(ASSETS)/node_modules server/pages/static/editor.* .innograph build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("innograph needs Python 3.11 or newer: make PYTHON=python3.12 …") \
		if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

# A machine without Node.js gets one from PyPI, inside the virtual environment.
$(ASSETS)/node_modules/.package-lock.json: $(ASSETS)/package-lock.json $(ASSETS)/node.lock | $(VENV)/bin/python
	command -v npm >/dev/null || $(PIP) install --require-hashes -r $(ASSETS)/node.lock
	cd $(ASSETS) && PATH="$$PATH:$(abspath $(BIN))" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

$(EDITOR): $(ASSETS)/node_modules/.package-lock.json $(BUNDLED)
	cd $(ASSETS) && PATH="$$PATH:$(abspath $(BIN))" node build.mjs ../pages/static

$(VENV)/run: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/run
