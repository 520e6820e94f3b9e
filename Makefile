# Two commands: `make demo` starts the demo town, `make test` runs every check and test.
# `make setup` is the part that they share: it leaves .venv/ with everything installed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
say = @printf '\033[1m▶ %s\033[0m\n' "$(1)"

.PHONY: setup demo test check lock bench clean fuzz

setup: $(VENV)/ready

$(VENV)/bin/python:
	$(call say,Making a virtual environment in $(VENV))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Fenghuo needs Python 3.11 or newer; $$($(PYTHON) --version) is here. Name another: make PYTHON=python3.12 setup"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo "Debian keeps this part of Python apart: apt-get install python3-venv, then again."; exit 1; }

$(VENV)/ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(call say,Installing what Fenghuo needs (about 400 MB of packages; a few minutes the first time))
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements.lock
	$(call say,Installing Fenghuo itself)
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --editable .
	@touch $@
	$(call say,Ready: $(BIN)/fenghuo)

$(VENV)/ready-to-test: requirements-dev.lock $(VENV)/ready
	$(call say,Installing what the tests need)
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements-dev.lock
	@touch $@

demo: setup
	$(call say,Starting the demo town; Ctrl-C ends it)
	@$(BIN)/fenghuo demo

check: $(VENV)/ready-to-test
	$(call say,ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	$(call say,mypy --strict)
	@$(BIN)/mypy
	$(call say,Room directions)
	@$(BIN)/lint-imports
	$(call say,Town files)
	@for town in configs/towns/*/town.yaml; do $(BIN)/fenghuo check $$town || exit 1; done

# One of them runs whole towns, in real time (tests/conftest.py), and leaves its core half idle.
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? cores + 1 : 4)))
test: check
	$(call say,Tests (a test that needs a program which is not here says how to install it))
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

bench: setup
	@$(BIN)/fenghuo bench ingest

# Seconds for each harness; new inputs go to .fuzz/.
FUZZ_SECONDS ?= 60
FUZZ ?= $(notdir $(wildcard tests/fuzz/corpus/*))
fuzz: $(VENV)/ready-to-test
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet 'atheris>=3'
	@for name in $(FUZZ); do \
		printf '\033[1m▶ %s, $(FUZZ_SECONDS) s\033[0m\n' "$$name"; \
		$(BIN)/python -m tests.fuzz $$name $(FUZZ_SECONDS) || exit 1; \
		$(BIN)/python -m tests.fuzz.keep $$name .fuzz/$$name || exit 1; \
	done

# Resolves anew; needs uv. The lock files name no registry.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --extra postgres pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
