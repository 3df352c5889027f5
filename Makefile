.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
COMPILE := $(BIN)/uv pip compile -q --generate-hashes --universal --no-header --no-emit-index-url pyproject.toml

.PHONY: help demo test check lint bench fuzz contracts requirements clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/runtime ## Load the sample inventory, make a release and serve it on http://127.0.0.1:8000
	$(BIN)/psi demo

test: .venv/development ## The fast tests
	$(BIN)/pytest -n 2 -m "not slow"

lint: .venv/development ## Format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint ## Lint, types and every test
	$(BIN)/pytest -n 2

fuzz: .venv/development ## Ask every operation 2,000 times, and read 10,000 almost right files of each kind
	PSI_FUZZ_EXAMPLES=2000 $(BIN)/pytest -n 2 tests/api/openapi/test_fuzz.py
	PSI_FUZZ_EXAMPLES=10000 $(BIN)/pytest -n 2 tests/fuzz

bench: .venv/development ## Print the figures
	$(BIN)/python -m tests.bench

contracts: .venv/runtime ## Write the schemas and reference pages anew
	$(BIN)/python -m datapackage.contracts.json_schemas

requirements: .venv/development ## Pin the dependencies anew
	$(COMPILE) --extra parquet -o requirements.txt
	$(COMPILE) --extra dev -c requirements.txt -o requirements-dev.txt

clean: ## Remove the environment and caches; var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3-venv is missing: apt-get install python3-venv"; rm -rf .venv; exit 1; }
	@grep -A 50 '^uv==' requirements-dev.txt | awk 'NR > 1 && /^[a-z]/ {exit} {print}' > .venv/uv.txt
	$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r .venv/uv.txt

.venv/runtime: .venv/bin/uv requirements.txt pyproject.toml
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.txt
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

.venv/development: .venv/runtime requirements-dev.txt
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.txt
	@touch $@
