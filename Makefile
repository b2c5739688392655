# The one place for commands. `make` alone lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

# The first Python on this machine that is new enough; `make run PYTHON=/path/to/python` chooses.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	then echo $$each; exit; fi; done; echo python3)
PY := .venv/bin/python
READY := .venv/installed

# Tests of what travels over the broker: run on the embedded one by `test`, on Kafka by `test-kafka`.
BROKER_TESTS := tests/messaging tests/flows/test_story.py tests/faults/test_issuers_killed.py

# Workers of the tests, two for a part of them; `make test WORKERS=0` runs all in one process, as a
# single file does.
WORKERS ?= $(if $(T),2,3)
ON_WORKERS := -n $(WORKERS) --dist load

CHART_TOOLS := helm.sh/helm/v4/cmd/helm@v4.3.1 github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0

# How long `faults` lasts, at least.
FAULT_SECONDS ?= 300

# requirements.lock is for developers and CI, requirements-runtime.lock for the image, and
# requirements-trial.lock for what a trial on containers has besides.
COMPILE := .venv/bin/uv pip compile \
	--universal --python-version 3.11 --generate-hashes --no-header --quiet
ALL_GROUPS := --group trial --group local --group test --group otel --group lint
FOR_IMAGE := --group otel --constraint requirements.lock
FOR_TRIAL := --group pyproject.toml:trial --constraint requirements.lock
LOCKS := requirements.lock requirements-runtime.lock requirements-trial.lock

##@ Use
.PHONY: run demo stop status token
run: $(READY) ## start the whole platform on this machine and keep it until Ctrl-C
	@$(PY) -m deploy.local run

demo: ## walk through the life of a certificate, on the running stack, containers' too, or a fresh one
	@if [ -n "$$(docker compose ps --quiet --status running gateway 2>/dev/null)" ]; \
		then docker compose run --rm demo; else $(MAKE) --no-print-directory local-demo; fi

.PHONY: local-demo
local-demo: $(READY)
	@$(PY) -m deploy.local.demo

stop: ## stop the stack that runs here, also what a killed one left behind
	@if [ -x $(PY) ]; then $(PY) -m deploy.local stop; fi

token: $(READY) ## print a bearer token of the running stack; PART=centre names who
	@$(PY) -m deploy.local token $(PART)

status: ## show every process of the stack
	@if [ -x $(PY) ]; then $(PY) -m deploy.local status; else echo 'Nothing is installed yet.'; fi

##@ Test
.PHONY: test coverage test-kafka alerts faults upgrade contract-check bench chart test-cluster chart-tools
test: $(READY) ## run all tests; T=tests/catalog narrows
	@$(PY) -m pytest $(T) $(if $(filter %.py,$(T))$(findstring ::,$(T)),,$(ON_WORKERS))

coverage: $(READY) ## run all tests and say which lines and branches none of them takes
	@$(PY) -m pytest --cov $(ON_WORKERS)

test-kafka: $(READY) ## run the tests of messaging and of whole journeys on Apache Kafka
	@ATTESTA_TEST_BROKER=kafka $(PY) -m pytest $(ON_WORKERS) $(BROKER_TESTS)

alerts: $(READY) ## see a real Prometheus and Alertmanager fire and resolve alerts on a real stack
	@$(PY) -m pytest tests/flows/test_alerts.py

faults: $(READY) ## five minutes of faults by chance under traffic, each to be named; FAULT_SECONDS=0: each kind once
	@ATTESTA_TEST_FAULT_SECONDS=$(FAULT_SECONDS) $(PY) -m pytest -s tests/faults/bad_day

upgrade: $(READY) ## put in a release and take it back, process by process under load; no request may fail
	@ATTESTA_TEST_UPGRADE=1 $(PY) -m pytest -s tests/faults/upgrade

contract-check: $(READY) ## try every operation by its document; lint the documents (needs npm); S=catalog narrows
	@$(PY) -m tests.contracts.conformance $(S)

bench: $(READY) ## measure verification, validity and the event path beside bare peers; A=--profile, A=--events, A='--certificates 1000000'
	@$(PY) -m deploy.bench $(A)

##@ Containers (need Docker and its compose)
.PHONY: image sbom test-containers check-containers
IMAGE ?= attesta:local
BASE ?= python:3.13-slim
image: ## build the image; IMAGE=name:tag, BASE=name:tag@sha256:...
	@docker build --file deploy/image/Dockerfile --tag $(IMAGE) --build-arg BASE=$(BASE) \
		--build-arg REVISION=$$(git rev-parse HEAD) .

sbom: $(READY) ## write what is in the image to .local/sbom.json (CycloneDX)
	@mkdir -p .local
	@.venv/bin/uv tool run --from cyclonedx-bom@7.5.0 cyclonedx-py requirements requirements-runtime.lock \
		--output-reproducible --output-file .local/sbom.json

test-containers: $(READY) ## start everything on containers, scale, kill, upgrade; on stand-in bases
	@ATTESTA_TEST_CONTAINERS=true $(PY) -m pytest -s tests/containers

check-containers: ## lint the image's recipe and the compositions (needs npm)
	@deploy/image/lint.sh

##@ Check
.PHONY: check lint types imports used lock-check
check: lint types imports used lock-check ## all of the following

lint: $(READY) ## style and common mistakes
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: $(READY) ## strict types
	@$(PY) -m mypy

imports: $(READY) ## who may import whom
	@.venv/bin/lint-imports

used: $(READY) ## what is imported is declared, and what is declared is imported
	@.venv/bin/deptry --no-ansi . 2>&1

lock-check: $(READY) ## the lock files are what pyproject.toml asks for, and name no registry
	@mkdir -p .venv/compiled && cp $(LOCKS) .venv/compiled
	@$(COMPILE) pyproject.toml $(ALL_GROUPS) --output-file .venv/compiled/requirements.lock
	@$(COMPILE) pyproject.toml $(FOR_IMAGE) --output-file .venv/compiled/requirements-runtime.lock
	@$(COMPILE) $(FOR_TRIAL) --output-file .venv/compiled/requirements-trial.lock
	@for each in $(LOCKS); do \
		diff $$each .venv/compiled/$$each \
			|| { echo "$$each is out of date: run make lock and commit it."; exit 1; }; \
		if grep -n '://' $$each; then echo "$$each names a host."; exit 1; fi; \
	done

chart: $(READY) ## hold the Helm chart to the code; render and validate it (needs helm and kubeconform)
	@$(PY) -m pytest -rs tests/chart

test-cluster: $(READY) ## install the chart on a cluster, upgrade, scale, kill; CONTEXT=kubectl's name of it
	@ATTESTA_TEST_CLUSTER=$(CONTEXT) PATH="$(CURDIR)/.local/bin:$$PATH" $(PY) -m pytest -s tests/cluster

chart-tools: ## build helm and kubeconform with Go into .local/bin
	@mkdir -p .local/bin
	@for each in $(CHART_TOOLS); do GOBIN="$(CURDIR)/.local/bin" CGO_ENABLED=0 go install $$each || exit 1; done

##@ Pack
.PHONY: clients
clients: $(READY) ## pack the clients for Python and TypeScript into .local/clients
	@$(PY) -m deploy.clients

##@ Maintain
.PHONY: help env lock clean
env: $(READY) ## make the environment .venv from requirements.lock

lock: $(READY) ## compile the lock files anew; U=--upgrade takes newer versions
	@$(COMPILE) pyproject.toml $(ALL_GROUPS) $(U) --output-file requirements.lock
	@$(COMPILE) pyproject.toml $(FOR_IMAGE) --output-file requirements-runtime.lock
	@$(COMPILE) $(FOR_TRIAL) --output-file requirements-trial.lock

clean: ## stop the stack; remove the environment, caches and all local data
	@if [ -f $(READY) ]; then $(PY) -m deploy.local stop; fi
	rm -rf .venv .local .coverage .coverage.* htmlcov
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Brought up to date when the lock file changes. The lock is the whole closure, so pip resolves nothing
# (--no-deps): left to resolve, it takes a newer `coverage[toml]` than the locked `coverage` as soon
# as one is released, and fails. `pip check` is the proof that nothing is missing. The stamp is
# written last: an installation that was broken off is begun anew.
$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Attesta needs Python 3.11 or newer; none was found (looked for: $(PYTHON)).'; \
		echo 'Install one, or name it: make run PYTHON=/path/to/python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo '$(PYTHON) comes without venv and ensurepip.'; \
		echo 'Debian and Ubuntu: apt-get install python3-venv'; exit 1; }
	@if [ -L .venv ]; then \
		echo '.venv is a link, and what it leads to may serve others: it is not remade from here.'; \
		echo 'Install requirements.lock there, then run: touch .venv/installed'; exit 1; fi
	@echo 'Making the environment .venv from requirements.lock; this takes a minute or so.'
	@if [ -f $@ ]; then clear=; else clear=--clear; fi; rm -f $@; $(PYTHON) -m venv $$clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		-r requirements.lock
	@$(PY) -m pip check --quiet --disable-pip-version-check
	@touch $@
