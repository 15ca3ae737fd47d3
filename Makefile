# The two commands of the README: make run, make test.
PYTHON ?= python3
PORT ?= 8000
SCP_PORT ?= 0
VENV := .venv
BIN := $(VENV)/bin
# Where a database matters: these run again on PostgreSQL, unless ARGS names tests itself.
DATABASE_TESTS := tests/services tests/pages $(addprefix tests/project/test_, \
  starting.py worker.py claims.py database_hands.py procrastinate.py database_pool.py roles.py \
  canary.py canary_processes.py canary_search.py)
POSTGRES_ARGS = $(if $(filter tests%,$(ARGS)),,$(DATABASE_TESTS)) $(ARGS)
TEST_MANAGE := DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py
# What a real installation sets; the secrets are made for this one check.
DEPLOY_ENV = SECRET_KEY=$$(openssl rand -base64 64 | tr -d '\n') KEYRING=$$(openssl rand -base64 32) LEDGER_KEY=$$(openssl rand -base64 32) \
  CONSOLE_URL=https://console.example.com CONSOLE_DATA_DIR=.cache/deploy

.PHONY: run serve sbom test faults tamper bench-ledger screenshots lighthouse check format messages \
  lock clean

run: $(VENV)/.run
	@exec $(BIN)/python -m scpconsole.demo --port $(PORT) --scp-port $(SCP_PORT)

# In earnest, under the settings of the environment: docs/deploy.md. Refuses what is unsafe.
serve: $(VENV)/.run
	@exec $(BIN)/python -m scpconsole.serve

# All parts from elsewhere, as CycloneDX, on standard output.
sbom: $(VENV)/.run
	@$(BIN)/python -m scpconsole.parts

test: export FIRST_HALF = $(ARGS)
test: export SECOND_HALF = $(POSTGRES_ARGS)
test: $(VENV)/.dev
	@$(BIN)/python -m tests.browser_setup
	$(BIN)/python -m tests.halves

# Every fault on both databases: make faults, ONLY=part-of-a-name, or KILLS=1000 with SEED=.
faults: $(VENV)/.dev
	@$(BIN)/python -m tests.faults $(if $(ONLY),--only "$(ONLY)") $(if $(KILLS),--kills $(KILLS)) \
	  $(if $(SEED),--seed $(SEED)) $(ARGS)

# What an owner of the database may try, and what finds it, on both databases.
tamper: $(VENV)/.dev
	@$(BIN)/python -m tests.tamper $(ARGS)

# What an event costs beside a plain insert, and how quick verifying is beside hashlib.
bench-ledger: $(VENV)/.dev
	@$(BIN)/python -m tests.bench_ledger $(ARGS)

# Every page in every state, theme, language and width; ONLY=part-of-a-name narrows it.
screenshots: $(VENV)/.dev
	@$(BIN)/python -m tests.browser_setup
	@ONLY="$(ONLY)" $(BIN)/python -m pytest -q -s -p no:logging tests/gallery/take_pictures.py $(ARGS)

# What Lighthouse thinks of the main pages; needs Node.js and the npm registry.
lighthouse: $(VENV)/.dev tests/lighthouse/node_modules/.package-lock.json
	@$(BIN)/python -m tests.browser_setup
	@$(BIN)/python -m pytest -q -s -p no:logging tests/browser/audit_lighthouse.py $(ARGS)

tests/lighthouse/node_modules/.package-lock.json: tests/lighthouse/package-lock.json
	cd tests/lighthouse && npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

# Stops at the first thing that is not right; the tests are `make test`.
check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	$(BIN)/mypy
	cd static/vendor && sha256sum --check --quiet SHA256SUMS
	$(TEST_MANAGE) check --fail-level WARNING
	$(TEST_MANAGE) makemigrations --check --dry-run
	$(TEST_MANAGE) collectstatic --noinput --dry-run --verbosity 0
	$(DEPLOY_ENV) $(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/.dev
	$(BIN)/ruff check --fix --exit-zero -q .
	$(BIN)/ruff format .

# Collects the texts for the translators and compiles; no creation date, which changes daily.
messages: $(VENV)/.dev
	$(TEST_MANAGE) makemessages --locale ko --no-wrap --no-obsolete --add-location file \
	  --ignore "tests/*" --ignore "scpconsole/sandbox/*" --ignore "static/*"
	sed -i '/^"POT-Creation-Date:/d' images/locale/ko/LC_MESSAGES/django.po
	$(TEST_MANAGE) compilemessages --locale ko --ignore $(VENV)

# Hashes, but no registry address, in the lock files.
lock:
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements.in -o requirements.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements-postgres.in -o requirements-postgres.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements-vault.in -o requirements-vault.txt
	uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" requirements-metrics.in -o requirements-metrics.txt

clean:
	rm -rf $(VENV) .cache .artifacts .mypy_cache .ruff_cache .pytest_cache

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements-postgres.txt requirements-vault.txt requirements-metrics.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-postgres.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-vault.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-metrics.txt
	@touch $@
