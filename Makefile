# Conch from a checkout. Needs Python 3.11 or newer and make; everything else is installed below .conch/.
PYTHON := $(or $(PYTHON),$(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done))
ENVS := $(abspath $(or $(CONCH_ENVS),.conch/envs))
BIN := $(ENVS)/web/bin
MANAGE := $(BIN)/python manage.py
LOCAL := PYTHONPATH=platform $(BIN)/python -m local
BOOTSTRAP := PYTHONPATH=platform $(PYTHON) -m local.bootstrap
SOURCES := platform models_registry serving experiments tests manage.py

.DEFAULT_GOAL := help
.PHONY: python help up down status logs backends demo test check fmt base dev

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

python:
	@test -n "$(PYTHON)" || { echo "Conch needs Python 3.11 or newer: sudo apt-get install python3.11" >&2; exit 1; }

base: python
	@$(BOOTSTRAP) web triton

dev: python
	@$(BOOTSTRAP) web triton --level dev --with pytorch

up: base ## Start everything and stay in the foreground; Ctrl-C stops it
	@exec env $(LOCAL) up

down: ## Stop a running stack from another terminal
	@$(LOCAL) down

status: ## Show each component: pid, port, health (JSON=1 for programs)
	@$(LOCAL) status $(if $(JSON),--json) || true

logs: ## Follow the logs (ONLY="web triton" for some)
	@$(LOCAL) logs $(ONLY)

backends: python ## Add to Triton's environment: what a GPU needs, or BACKENDS="cuda pytorch"
	@$(BOOTSTRAP) triton --with "$(or $(BACKENDS),auto)"

demo: ## Walk the whole path through the API of a running stack
	@$(BOOTSTRAP) web --level demo
	@$(MANAGE) demo

check: dev ## Lint, format, import contracts, types, templates, migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PYTHONPATH=platform:. $(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) messages --check

test: dev ## Everything in check, then all tests
	@PYTHONPATH=platform $(PYTHON) -m local.browser
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n $(or $(WORKERS),2) --dist loadfile $(ARGS)

fmt: dev ## Format the code and sort its imports
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: dev ## Collect what the pages say into the message catalogues
	$(MANAGE) messages
