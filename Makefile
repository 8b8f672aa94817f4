# Every target uses .venv, which `setup` makes from the hashed locks.
SHELL := /bin/sh
PYTHON_ = .venv/bin/python
JOBS ?= 2
ROOMS = function_app.py activities api cli funchost orchestrators scripts shared
STYLED = $(ROOMS) bench tests
COMPILE = UV_CUSTOM_COMPILE_COMMAND='make relock' .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11

.PHONY: setup test test-slow azure-tests search lint format docs infra bench relock serve demo clean

setup:
	@python=$$(sh scripts/find_python.sh) && "$$python" scripts/setup_env.py dev

test: setup lint
	$(PYTHON_) -m pytest -m "not slow and not azure" -n $(JOBS) -q

test-slow: setup
	$(PYTHON_) -m pytest -m slow -n $(JOBS) --dist loadfile -q

# Peers that need Node.js: Azurite, which is installed once, from npm and by a lock.
azure-tests: setup
	$(PYTHON_) -m pytest -m azure -n0 -q

# New examples for the property tests, ten times as many as `test` tries; one that fails is printed so that it can be played again.
search: setup
	$(PYTHON_) -m pytest -m "hypothesis and not azure" --hypothesis-profile=search -n $(JOBS) -q

lint: setup
	.venv/bin/ruff check $(STYLED)
	.venv/bin/ruff format --check $(STYLED)
	.venv/bin/mypy $(ROOMS)

format: setup
	.venv/bin/ruff check --fix $(STYLED)
	.venv/bin/ruff format $(STYLED)

docs: setup
	$(PYTHON_) scripts/write_errors.py
	$(PYTHON_) scripts/write_local_settings.py
	$(PYTHON_) scripts/write_cost.py

# Syntax and policies of the Bicep files, and their types where ../shared/tools has the checker.
infra: setup
	$(PYTHON_) scripts/check_infra.py

bench: setup
	$(PYTHON_) -m bench

# Blueprint locks belong to the apps they make; the gate tools have an environment of their own.
relock: setup
	@set -e; for source in requirements.in requirements-local.in requirements-dev.in shared/gates/requirements.in infra-bicep/*/requirements.in; do \
	    [ -f "$$source" ] || continue; \
	    echo "locking $$source"; \
	    $(COMPILE) "$$source" -o "$${source%.in}.txt"; \
	done
	$(PYTHON_) scripts/relock_blueprints.py
	sh scripts/relock_caches.sh

serve: setup
	./qlf serve

demo: setup
	./qlf generate "Create a REST API for a veterinary clinic: owners have pets, vets record visits, receptionists book appointments" --output ./clinic

clean:
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
