# Everything a fresh machine needs is Python 3.11 (with pip) and make. Each target sets up what it needs.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv/bin
export VLMLB_ENV ?= development
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help demo up stop token site-env dev-env harness browser vllm test test-engines check lint types bench messages lock password

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: site-env harness ## Set everything up, evaluate the demo models, keep the site running
	@$(VENV)/python -m leaderboard.core.embedded.launch demo

up: site-env harness ## The same without demo content
	@$(VENV)/python -m leaderboard.core.embedded.launch up

stop: ## Stop the running instance
	@$(VENV)/python -m leaderboard.core.embedded.launch stop

password: ## Give the running instance's admin a new password
	@$(VENV)/python -m leaderboard.core.embedded.launch password

token: ## Make an API token for TOKEN_USER (default: admin), with SCOPE (default: read submit) and DAYS, and show it once
	@$(VENV)/python -m leaderboard.core.embedded.launch token $(or $(TOKEN_USER),admin) $(SCOPE:%=--scope=%) $(DAYS:%=--days=%)

site-env:
	@$(PYTHON) scripts/setup_site.py

dev-env:
	@$(PYTHON) scripts/setup_site.py --dev

harness: ## Set up lmms-eval's own environment
	@$(PYTHON) scripts/setup_harness.py

vllm:
	@$(PYTHON) scripts/setup_vllm.py

browser:
	@$(PYTHON) scripts/setup_browser.py

test: dev-env harness browser ## Set everything up and run all tests
	@VLMLB_ENV=test $(VENV)/python -m pytest $(ARGS)

test-engines: dev-env harness vllm ## Set up vLLM's CPU build (Linux on x86_64) and test serving with it, to the board
	@VLMLB_ENV=test $(VENV)/python -m pytest -m vllm $(ARGS)

check: lint types ## Lint, types, import contracts, migrations, messages

lint: dev-env
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports
	VLMLB_ENV=test $(VENV)/python manage.py makemigrations --check --dry-run
	$(VENV)/python scripts/messages.py --check
	@! git grep -nIE 'https?://|file:|--(extra-)?index|--find-links' -- 'requirements/*.txt'

types: dev-env
	VLMLB_ENV=test $(VENV)/mypy evaluator leaderboard demo client/src

bench: dev-env harness ## Measure: ratios against a baseline in the same run
	@VLMLB_ENV=test $(VENV)/python scripts/bench.py $(ARGS)

messages: dev-env ## Extract and compile the translations
	$(VENV)/python scripts/messages.py

lock: dev-env ## Recompute the requirement files from the .in files
	@$(PYTHON) scripts/lock.py
