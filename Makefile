# Headcount on Debian: each target installs what it needs and does not find (scripts/install-packages).

PORT ?= 8080
MINUTES ?= 5

# Without colours, by which a build on a terminal would differ from one in a pipe, and all be built anew.
SWIFT_BUILD := NO_COLOR=1 swift build
RELEASE_BUILD := $(SWIFT_BUILD) -c release --static-swift-stdlib --traits DynamoDB
# What `make run` serves: a debug build, which takes 60 % of a release's time, in a folder that no other traits touch.
RUN_BUILD := $(SWIFT_BUILD) --scratch-path .build/run --disable-index-store --product headcount-fcgi

LAMBDA_PACKAGES := zip
RUN_BUILD_PACKAGES := binutils ca-certificates g++ libfcgi-dev libsqlite3-dev pkg-config
BUILD_PACKAGES := $(RUN_BUILD_PACKAGES) zlib1g-dev
LINT_PACKAGES := nginx openssl python3-venv
TEST_PACKAGES := $(LINT_PACKAGES) apache2-bin caddy chromium faketime fonts-dejavu-core jq lighttpd sqlite3 systemd
BENCH_PACKAGES := nginx sqlite3 wrk
DEB_PACKAGES := debhelper dpkg-dev lintian
VPS_PACKAGES := $(DEB_PACKAGES) debootstrap python3-venv systemd-container

SWIFT_SOURCES := Package.swift Sources Tests
TOOLS := .build/venv/bin

# What is tested against a ledger.
SOAK_TESTS := $(addprefix Tests/EndToEnd/, $(addprefix servers/test_, \
	cgi.py floods.py fuzz.py stopping.py) $(addprefix storage/test_, \
	dynamodb.py faults.py midnight.py sharing.py))

# All scripts in bash or sh, by their first line.
SHELL_SCRIPTS = $(shell find .ci Benchmarks deploy scripts Tests -type f \
	-exec awk 'FNR == 1 && /^\#!.*sh$$/ { print FILENAME }' {} +)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build lambda man run install deb test test-swift test-e2e test-terraform test-vps lint format soak fuzz bench \
	bench-lambda clean no-terraform plan deploy ship smoke rollback destroy

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

build: ## Build the release programs: .build/release/headcount-fcgi and headcount
	@scripts/install-packages $(BUILD_PACKAGES)
	$(RELEASE_BUILD) --product headcount-fcgi
	$(RELEASE_BUILD) --product headcount

lambda: ## Package the function for AWS Lambda: dist/lambda.zip
	@scripts/install-packages $(BUILD_PACKAGES) $(LAMBDA_PACKAGES)
	$(RELEASE_BUILD) --product headcount-lambda
	scripts/package-lambda

man: ## Write docs/headcount.1 from the command's help, and the lists of settings from their table
	@scripts/install-packages $(BUILD_PACKAGES)
	NO_COLOR=1 swift package --traits DynamoDB plugin generate-manual --configuration debug --date 2026-11-24
	sed 's/^$$/.Pp/' .build/plugins/GenerateManual/outputs/headcount-command/headcount.1 >docs/headcount.1
	WRITE_DOCUMENTS=1 swift test --traits DynamoDB --filter SettingsDocumentsTests

plan deploy ship rollback destroy:
	@scripts/deployment $@ '$(ENV)'

plan: ## Show what a deployment to ENV=test|prod on AWS would change (docs/aws.md)
deploy: ## Deploy dist/lambda.zip, or ZIP=…, to ENV=test|prod on AWS
ship: ## Deploy, check, and go back to the version before if the check fails
rollback: ## Let VERSION=… of the function answer again in ENV=test|prod
destroy: ## Remove ENV=test|prod from AWS, with its numbers; prod needs YES=1

smoke: ## Check a live counter: URL=https://…, or what ENV=test|prod deployed; READ_ONLY=yes counts nobody
	@$(if $(and $(URL),$(if $(filter test prod,$(ENV)),,URL)), \
		scripts/smoke.py '$(URL)' $(if $(filter yes,$(READ_ONLY)),--read-only), \
		scripts/deployment smoke '$(ENV)')

run: ## Serve the demo page and the counter on http://localhost:8080 (or PORT=…)
	@scripts/install-packages $(RUN_BUILD_PACKAGES) nginx
	$(if $(HEADCOUNT_BINARY),,$(RUN_BUILD))
	@scripts/run '$(PORT)'

install: ## Install what `make build` has built: the programs, units, manual pages and nginx files: DESTDIR= PREFIX=/usr/local
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install

deb: build ## Make the Debian package, dist/headcount_VERSION_ARCH.deb
	@scripts/install-packages $(DEB_PACKAGES)
	scripts/make-deb
	lintian --fail-on error dist/headcount_$$(scripts/version)_*.deb

# Terraform is in neither Debian nor PyPI, so that it can't be installed here.
test: test-swift test-e2e $(if $(or $(CI),$(shell command -v terraform)),test-terraform,no-terraform) ## Run all tests but the optional ones: test-vps, soak and fuzz

no-terraform:
	@echo 'There is no terraform here, so the tests of terraform/ are left out.'

test-swift: ## Run the Swift tests, those of DynamoDB beside two servers that speak its protocol
	@scripts/install-packages $(BUILD_PACKAGES) python3-venv
	@scripts/make-venv
	scripts/with-dynamodb moto swift test --traits DynamoDB
	scripts/with-dynamodb ministack swift test --traits DynamoDB --skip-build --filter DynamoDBStoreTests

test-e2e: build lambda ## Run the end-to-end tests: the release responder behind a real nginx
	@scripts/install-packages $(TEST_PACKAGES)
	@scripts/make-venv
	$(TOOLS)/pytest --numprocesses auto --ignore-glob '*/test_terraform*.py'

test-vps: deb ## Optional, as root, minutes: boot a Debian 12, install the package, restart, kill, upgrade and remove it
	@scripts/install-packages $(VPS_PACKAGES)
	@scripts/make-venv
	$(TOOLS)/pytest -p no:xdist Tests/VPS

test-terraform: lambda ## Deploy with Terraform to a server that speaks AWS's protocols; part of `make test` where there is Terraform 1.11
	@scripts/install-packages python3-venv
	@scripts/make-venv
	@scripts/fetch-terraform-providers
	scripts/check-terraform
	$(TOOLS)/pytest --numprocesses 4 --dist worksteal Tests/EndToEnd/aws/test_terraform*.py

lint: ## Check the style of everything, the nginx configuration and the workflows
	@scripts/install-packages $(LINT_PACKAGES)
	@scripts/make-venv
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	$(TOOLS)/ruff check
	$(TOOLS)/ruff format --check
	$(TOOLS)/shellcheck $(SHELL_SCRIPTS)
	scripts/check-nginx
	$(TOOLS)/zizmor --offline --pedantic --quiet .github
	$(TOOLS)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(TOOLS)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

format: ## Put Swift and Python into the project's style
	@scripts/install-packages python3-venv
	@scripts/make-venv
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)
	$(TOOLS)/ruff check --fix
	$(TOOLS)/ruff format

soak: build ## Optional, MINUTES=5 or more: the long form of the tests of crashes, floods, full disks and midnight
	@scripts/install-packages $(TEST_PACKAGES)
	@scripts/make-venv
	$(TOOLS)/pytest --soak $(MINUTES) $(SOAK_TESTS)

fuzz: ## Corrupted FastCGI records for MINUTES=5, on a responder built with AddressSanitizer
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@scripts/make-venv
	$(SWIFT_BUILD) --traits DynamoDB --sanitize=address --product headcount-fcgi --build-path .build/asan
	HEADCOUNT_BINARY=.build/asan/debug/headcount-fcgi $(TOOLS)/pytest --soak $(MINUTES) Tests/EndToEnd/servers/test_fuzz.py

bench: build ## Measure throughput and memory against a C responder that does nothing, and what telling crawlers costs
	@scripts/install-packages $(BENCH_PACKAGES)
	Benchmarks/run.sh
	Benchmarks/crawlers.sh

bench-lambda: lambda ## Measure the function against one of the original's shape in AWS's Python runtime
	@scripts/install-packages python3-venv
	@scripts/make-venv Benchmarks/requirements.txt
	$(TOOLS)/python Benchmarks/lambda.py --check

clean: ## Remove everything built, and the counts of make run
	rm -rf .build dist
