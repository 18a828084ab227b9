# make demo | test | check | console | contract | screenshots | bench | faults | docs | system | size | clean. See README.md.
PYTHON ?= python3
BIN := .venv/bin
SERVE ?= yes
ONLY ?=
KILLS ?= 300

.PHONY: demo test test-slow check check-package check-console console contract screenshots bench faults docs clients tools system size clean
.DEFAULT_GOAL := help

help:
	@echo 'make demo [QUICK=yes] [SERVE=no]   the whole loop on a real grocery chain; report in build/demo/report.html'
	@echo 'make test                          every check and test, as CI runs them'
	@echo 'make check                         format, lint, types, layers, contract; the console likewise'
	@echo 'make console                       build the console, if its sources changed'
	@echo 'make contract                      write the OpenAPI document and the console'"'"'s types from it'
	@echo 'make screenshots                   the pictures in docs/images, by the browser tests'
	@echo 'make bench [ONLY=prefix]           figures against their marks; build/bench.json'
	@echo 'make faults [KILLS=300] [ONLY=…]    kill, fill, freeze and trace the real server; nothing may be lost'
	@echo 'make docs                          write the pages of commands, run every code block of the documents'
	@echo 'make system                        what pip cannot bring (apt; root or sudo)'
	@echo 'make size                          how much disk a plain installation takes'

# pip alone cannot make a venv on a bare Debian: apt must bring python3-venv first.
$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) system
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

.venv/installed-demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[demo]' --group console
	@touch $@

.venv/installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-compile --editable '.[demo]' --group dev
	@touch $@ .venv/installed-demo

demo: .venv/installed-demo console
	@$(BIN)/python -m demo $(if $(filter yes,$(QUICK)),--quick) $(if $(filter no,$(SERVE)),--no-serve)

# In an installed clone, so that an edit needs no installation; in a moment if there was none.
console: .venv/installed-demo
	@$(BIN)/python hatch_build.py

# Three on two cores: much of a test's time goes by while it waits for a server, a browser or a database.
test: check tools clients
	@$(BIN)/python -m compileall -q src  # Once, and not by each of the servers that the tests start.
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m 'not slow'

test-slow: .venv/installed-dev
	$(BIN)/python -m pytest -m slow

# Both at once, each on a core of its own.
check: .venv/installed-dev console
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check-package check-console

check-package:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy hatch_build.py
	$(BIN)/lint-imports
	@$(BIN)/shopkeeper openapi | cmp - console/openapi.json || \
	  { echo 'console/openapi.json is not what the API says: make contract, and commit what it writes'; exit 1; }

check-console:
	@$(BIN)/python hatch_build.py check

contract: .venv/installed-dev
	$(BIN)/shopkeeper openapi > .venv/openapi.json
	@mv .venv/openapi.json console/openapi.json
	$(BIN)/python hatch_build.py npm run contract

screenshots: .venv/installed-dev console tools
	SCREENSHOTS=yes $(BIN)/python -m pytest tests/console

bench: .venv/installed-dev
	$(BIN)/python -m benchmarks $(ONLY)

faults: .venv/installed-dev tools
	$(BIN)/python -m faults $(ONLY) --kills $(KILLS)

docs: .venv/installed-dev
	$(BIN)/python -m tests.docs.help_pages
	$(BIN)/python -m pytest tests/docs

# Other people's clients, which the tests run as they are.
CLIENTS := tests/clients/node_modules/.package-lock.json
clients: $(CLIENTS)
$(CLIENTS): tests/clients/package-lock.json tests/clients/.npmrc | .venv/installed-dev
	$(BIN)/python hatch_build.py npm --prefix ../tests/clients ci
	@touch $@

# The tests drive a real browser, and trace a real process.
tools:
	@{ command -v chromium-headless-shell || command -v chromium; } >/dev/null && command -v strace >/dev/null || \
	  $(MAKE) system

system:
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get update
	$(if $(filter 0,$(shell id -u)),,sudo) apt-get install --yes --no-install-recommends \
	  chromium-headless-shell fonts-liberation python3 python3-venv strace

size:
	rm -rf build/size && $(PYTHON) -m venv build/size
	build/size/bin/python -m pip install --quiet .
	@$(PYTHON) -c 'import subprocess, sys; \
	  mb = int(subprocess.check_output(["du", "-sm", "build/size"]).split()[0]); \
	  print(f"a plain installation takes {mb} MB"); sys.exit(mb >= 1100 and "1,100 MB or more")'

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
	  console/node_modules tests/clients/node_modules src/shopkeeper/api/static
