# `make help` lists what there is. Everything is installed below this folder: .venv*, .botmeter, .aws-sam.
PYTHON ?= python3
BIN := .venv/bin
SAM := SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam

# The local stack that the commands are about.
STACK ?= botmeter-local
export BOTMETER_STACK := $(STACK)

# Tests that share nothing take every core; those on the deployed stack share it.
PARALLEL := --numprocesses auto --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests setup-bench demo down test test-stack test-pages soak lint pictures openapi bench audit lock build deploy clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make the virtual environments from the hashed locks
	@$(PYTHON) infra/local/bootstrap.py

demo: setup ## start the local cloud, deploy, replay a sample, bill it and show the result
	@$(BIN)/botmeter demo

down: ## stop the local cloud
	@if [ -x $(BIN)/botmeter ]; then $(BIN)/botmeter down; else echo "Nothing is installed, so nothing runs."; fi

setup-tests:
	@$(PYTHON) infra/local/bootstrap.py --with-browser

test: setup-tests lint ## every check and every test
	$(BIN)/pytest tests/unit tests/property --disable-socket --cov $(PARALLEL)
	$(BIN)/pytest tests/integration tests/faults tests/fuzz $(PARALLEL)
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target test-stack test-pages

# Each on a deployed stack of its own, which leaves a core idle.
test-stack:
	$(BIN)/pytest tests/e2e

test-pages:
	BOTMETER_TEST_STACK=botmeter-pages $(BIN)/pytest tests/browser

# Larger scenarios than `make test` has: 300 of them and the fuzzer take some ten minutes on two cores.
SCENARIOS ?= 300
FUZZ_SECONDS ?= 120

soak: setup ## metering under fire and fuzzing for ten minutes; SCENARIOS=20000 for longer
	$(BIN)/pytest tests/faults --scenarios $(SCENARIOS) --scale 3 --conversations 4000 $(PARALLEL)
	$(BIN)/pytest tests/faults/test_scale.py -k memory --conversations 20000 --capture=no
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(BIN)/pytest tests/fuzz

lint: setup ## style, types, import rules, template
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml
	$(SAM) validate --lint --template template.yaml --region us-east-1

openapi: setup ## draw infra/openapi.yaml from the API's code
	$(BIN)/python -m botmeter_cli.openapi

pictures: setup-tests ## run the demo and draw its pictures for the documentation
	@$(BIN)/python infra/demo/pictures.py $(STACK)

setup-bench:
	@$(PYTHON) infra/local/bootstrap.py --for-bench

bench: setup-bench ## measure speed, storage units and cost
	$(BIN)/python -m bench

audit: setup ## known vulnerabilities in the locked packages
	@for lock in $(LOCKS); do echo "$$lock"; $(BIN)/pip-audit --disable-pip --requirement $$lock || exit 1; done

# The order matters: development and functions use the versions of the layer.
LOCKS := requirements/uv.txt requirements/sam.txt requirements/cloud.txt layers/core/requirements.txt \
	functions/invoice/requirements.txt functions/api/requirements.txt functions/ingest/requirements.txt \
	requirements/dev.txt
COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

lock: setup ## resolve and pin every dependency anew
	@for lock in $(LOCKS); do \
		case $$lock in functions/api/*) only=--no-deps ;; *) only= ;; esac; \
		echo "$$lock"; $(COMPILE) $$only $${lock%.txt}.in --output-file $$lock || exit 1; \
	done

build: setup ## build layers and functions for AWS
	PATH="$(CURDIR)/$(BIN):$$PATH" $(SAM) build

deploy: build ## deploy to AWS with your credentials; asks before it changes anything
	$(SAM) deploy

clean: down ## remove environments, builds and local stacks
	rm -rf .venv .venv-sam .venv-cloud .aws-sam .botmeter .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
