# Everything a newcomer types; `make` alone lists it. PYTHON=python3.12 chooses another interpreter.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The environment belongs to these two files: a change of either installs anew.
HASH := $(shell cat setup.cfg pyproject.toml | cksum | cut -d' ' -f1)
ALL := $(VENV)/.complete-test-lint-$(HASH)
DEMO := $(if $(wildcard $(ALL)),$(ALL),$(VENV)/.complete-demo-$(HASH))
# Tests wait for real parts more than they compute.
SIDE_BY_SIDE := 3
SHELL := /bin/sh
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

.PHONY: help venv machine test unit component lab lint audit secrets groovy bundle console lock demo example \
	example-faults faults bench clean
.DEFAULT_GOAL := help
.NOTPARALLEL:

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

venv: $(ALL) ## make .venv with all that tests and linters need

# A stamp is written last; without any, the environment is half made and is made from the beginning.
$(DEMO): EXTRAS := demo
$(ALL): EXTRAS := test,lint
$(sort $(ALL) $(DEMO)):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "needs Python 3.10 or newer, found $$($(PYTHON) -V 2>&1); try: make PYTHON=python3.12 ..." >&2; exit 1; }
	@{ ls $(VENV)/.complete-* && $(BIN)/python -m pip -V; } >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || \
	  { echo "cannot make $(VENV); on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "installing pycanary[$(EXTRAS)] and what it needs into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$(EXTRAS)]'
	@touch $@

machine: ## install and start what the tests need: NGINX, sshd, Docker with Compose
	@tests/bootstrap/run.sh

test: machine lint audit ## all linters and all tests; installs what they need first
	@$(BIN)/python -m pytest -n $(SIDE_BY_SIDE) --dist loadfile --no-loadscope-reorder --reruns 2 --reruns-delay 2

unit: $(ALL) ## tests of pure parts
	@$(BIN)/python -m pytest tests/unit

component: $(ALL) ## tests on a real NGINX and a real sshd
	@$(BIN)/python -m pytest tests/component

lab: $(ALL) ## whole deployments on real Docker, sshd and NGINX
	@$(BIN)/python -m pytest tests/engine tests/faults tests/security

lint: $(ALL) ## ruff, mypy and shellcheck
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@tests/bootstrap/shellcheck.sh

audit: $(ALL) ## known vulnerabilities of the locked packages, where the package index tells them
	@$(BIN)/python tests/security/audit.py

secrets: $(ALL) ## planted secrets: what was searched, and what was seen of them (0)
	@$(BIN)/python -m pytest -q tests/security/test_secrets.py

groovy: $(ALL) ## the shared library in Jenkins's own interpreter, saved and loaded again at every step
	@rm -rf tests/groovy/target/surefire-reports
	@mvn -q -B -f tests/groovy/pom.xml test

bundle: $(ALL) ## the package as the shared library carries it to an agent; commit what it writes
	@$(BIN)/python -m tools.bundle

console: $(ALL) ## docs/jenkins-console.md from builds in the lab
	@PYCANARY_WRITE_CONSOLE=1 $(BIN)/python -m pytest -q tests/jenkins/test_deploys.py -k 'promotion or breaks'

lock: $(ALL) ## newest packages for the bundle, with their hashes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5,<1'
	@$(BIN)/python -m tools.lock

demo: $(DEMO) ## a canary deployment with users, in under 2 minutes; needs no root and no Docker
	@$(BIN)/pycanary demo

example: machine $(ALL) ## examples/shop on real frameworks: two releases and a rollback, users in flight; needs root
	@tests/bootstrap/example.sh
	@$(BIN)/python -m tests.shop

example-faults: machine $(ALL) ## what a deployment of examples/shop says where something is wrong
	@tests/bootstrap/example.sh
	@$(BIN)/python -m tests.shop faults

faults: $(ALL) ## a fault at every command of every deployment type; SECONDS=600 SEED=7: a random part
	@$(BIN)/python -m tests.faults $(SECONDS) $(SEED)

bench: $(ALL) ## the figures of the README
	@$(BIN)/python -m benchmarks

clean: ## remove .venv and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
