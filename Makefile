# Every target builds .venv when it is missing or older than the locked requirements.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check audit gates chaos bench clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

.venv/app: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Handrail needs Python 3.11 or newer; name one with make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing Handrail into .venv (about a minute the first time) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev: .venv/app requirements-dev.txt
	@echo "Installing the development tools ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

demo: .venv/app ## See the whole job in a browser, with no account anywhere
	@$(BIN)/handrail demo $(ARGS)

test: .venv/dev ## Run the tests
	@$(BIN)/python -m pytest $(ARGS)

check: .venv/dev ## Lint, types, who imports whom, and the shipped playbooks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/handrail check
	@$(BIN)/handrail check examples/acme

audit: .venv/dev ## Known holes in the libraries we use, when their database can be reached
	@.ci/audit

gates: .venv/dev ## The slow ones: every message with nasty data, crashes at every instant
	@$(BIN)/python -m pytest -m gate

chaos: .venv/dev ## Kill everything at every point, for minutes, and account for every intent
	@$(BIN)/python -m pytest -m chaos

bench: .venv/dev ## Measure
	@$(BIN)/python -m bench $(ARGS)

clean: ## Remove what was built
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
