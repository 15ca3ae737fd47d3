# The two commands of the README: make run, make test.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check format lock messages clean

run: $(VENV)/.run
	@exec $(BIN)/python -m scpconsole.demo --port $(PORT)

test: $(VENV)/.dev
	@$(BIN)/python -m tests.browser_setup
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev
	$(BIN)/python -m tests.checks

format: $(VENV)/.dev
	$(BIN)/ruff check --fix --exit-zero -q .
	$(BIN)/ruff format .

messages: $(VENV)/.dev
	$(BIN)/python -m tests.messages

# Hashes, but no registry address, in the lock files.
lock:
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements.in -o requirements.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .cache .artifacts .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
