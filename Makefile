# Headcount on Debian. Each target installs the packages that it needs (scripts/install-packages).

PORT ?= 8080
MINUTES ?= 5

# Colours would be a different compiler option: switching between a terminal and a pipe would rebuild everything.
SWIFT_BUILD := NO_COLOR=1 swift build
RELEASE_BUILD := $(SWIFT_BUILD) -c release --static-swift-stdlib --traits DynamoDB
# For `make run`: a debug build takes 60 % of the time of a release build. Its own folder keeps it apart from other traits.
RUN_BUILD := $(SWIFT_BUILD) --scratch-path .build/run --disable-index-store --product headcount-fcgi

LAMBDA_PACKAGES := zip
RUN_BUILD_PACKAGES := binutils ca-certificates g++ libsqlite3-dev pkg-config
BUILD_PACKAGES := $(RUN_BUILD_PACKAGES) zlib1g-dev
LINT_PACKAGES := nginx openssl python3-venv
TEST_PACKAGES := $(LINT_PACKAGES) apache2-bin caddy chromium faketime fonts-dejavu-core jq lighttpd sqlite3 systemd \
	webext-ublock-origin-firefox
TERRAFORM_TEST_PACKAGES := gh python3-venv
BENCH_PACKAGES := gcc libfcgi-dev libsqlite3-dev nginx pkg-config python3 wrk
# What Headcount is measured beside; what another distribution lacks is left out.
PHP_PACKAGES := php8.2-fpm php8.2-sqlite3
GO_PACKAGES := gcc golang-go golang-github-mattn-go-sqlite3-dev
PYTHON_PACKAGES := uwsgi-core uwsgi-plugin-python3
CGI_PACKAGES := lighttpd libdbd-sqlite3-perl
BENCH_OPTIONS ?= --visitors 10000000 --write docs/benchmarks
DEB_PACKAGES := debhelper dpkg-dev lintian
VPS_PACKAGES := $(DEB_PACKAGES) debootstrap python3-venv systemd-container
CONTAINER_PACKAGES := debootstrap podman python3-venv runc

SWIFT_SOURCES := Package.swift Sources Tests
TOOLS := .build/venv/bin

# The tests with a long form (--soak).
SOAK_TESTS := $(addprefix Tests/EndToEnd/, $(addprefix servers/test_, \
	cgi.py floods.py fuzz.py stopping.py) $(addprefix storage/test_, \
	dynamodb.py faults.py midnight.py sharing.py))

# All scripts whose first line names a shell.
SHELL_SCRIPTS = $(shell find .ci Benchmarks deploy scripts Tests -type f \
	-exec awk 'FNR == 1 && /^\#!.*sh$$/ { print FILENAME }' {} +)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help build lambda man run install deb test test-swift test-e2e test-terraform test-vps test-container lint format soak fuzz bench \
	bench-lambda clean no-terraform plan deploy ship smoke rollback destroy

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

build: ## Build the release programs: .build/release/headcount-fcgi and headcount
	@scripts/install-packages $(BUILD_PACKAGES)
	$(RELEASE_BUILD) --product headcount-fcgi
	$(RELEASE_BUILD) --product headcount

lambda: ## Build the function for AWS Lambda: dist/lambda.zip
	@scripts/install-packages $(BUILD_PACKAGES) $(LAMBDA_PACKAGES)
	$(RELEASE_BUILD) --product headcount-lambda
	scripts/package-lambda

man: ## Write docs/headcount.1 from the command's help, and the lists of settings from their table
	@scripts/install-packages $(BUILD_PACKAGES)
	NO_COLOR=1 swift package --traits DynamoDB plugin generate-manual --configuration debug --date 2026-11-24
	sed 's/^$$/.Pp/' .build/plugins/GenerateManual/outputs/headcount-command/headcount.1 >docs/headcount.1
	NO_COLOR=1 WRITE_DOCUMENTS=1 swift test --traits DynamoDB --filter SettingsDocumentsTests

plan deploy ship rollback destroy:
	@scripts/deployment $@ '$(ENV)'

plan: ## Show what a deployment to ENV=test|prod on AWS would change (docs/aws.md)
deploy: ## Deploy dist/lambda.zip, or ZIP=…, to ENV=test|prod on AWS
ship: ## Deploy, check, and roll back to the previous version if the check fails
rollback: ## Let VERSION=… of the function in ENV=test|prod answer again, until the next deployment
destroy: ## Remove ENV=test|prod and its numbers from AWS; prod needs YES=1

smoke: ## Check a live counter: URL=https://… or the deployment ENV=test|prod; READ_ONLY=yes counts no visit
	@$(if $(and $(URL),$(if $(filter test prod,$(ENV)),,URL)), \
		scripts/smoke.py '$(URL)' $(if $(filter yes,$(READ_ONLY)),--read-only), \
		scripts/deployment smoke '$(ENV)')

run: ## Serve the demo page and the dashboard on http://localhost:8080 (or PORT=…)
	@scripts/install-packages $(RUN_BUILD_PACKAGES) nginx sqlite3
	$(if $(HEADCOUNT_BINARY),,$(RUN_BUILD))
	@scripts/run '$(PORT)'

install: ## Install the built programs, units, manual pages and nginx files: DESTDIR= PREFIX=/usr/local
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' scripts/install

deb: build ## Build the Debian package, dist/headcount_VERSION_ARCH.deb
	@scripts/install-packages $(DEB_PACKAGES)
	scripts/make-deb
	lintian --fail-on error dist/headcount_$$(scripts/version)_*.deb

# Neither Debian nor PyPI has Terraform, so this Makefile can't install it.
test: test-swift test-e2e $(if $(or $(CI),$(shell command -v terraform)),test-terraform,no-terraform) ## Run all tests except the optional ones: test-vps, test-container, soak and fuzz

no-terraform:
	@echo 'Skipped the tests of terraform/: terraform is not installed.'

test-swift: ## Run the Swift tests; those of DynamoDB use two local servers
	@scripts/install-packages $(BUILD_PACKAGES) python3-venv
	@scripts/make-venv
	scripts/with-dynamodb moto swift test --traits DynamoDB
	scripts/with-dynamodb ministack swift test --traits DynamoDB --skip-build --filter DynamoDBStoreTests

test-e2e: build lambda ## Run the end-to-end tests: the release responder behind a real nginx
	@scripts/install-packages $(TEST_PACKAGES)
	@scripts/make-venv
	$(TOOLS)/pytest --numprocesses auto --ignore-glob '*/test_terraform*.py'

test-vps: deb ## Optional, as root: boot a Debian 12, install the package, restart, kill, upgrade and remove it
	@scripts/install-packages $(VPS_PACKAGES)
	@scripts/make-venv
	$(TOOLS)/pytest -p no:xdist Tests/VPS

test-container: build ## Optional, as root: build the container image from a fresh Debian, and run it behind nginx
	@scripts/install-packages $(CONTAINER_PACKAGES)
	@scripts/make-venv
	$(TOOLS)/pytest -p no:xdist Tests/Container

test-terraform: lambda ## Deploy with Terraform 1.11 to a local server that acts like AWS; part of `make test` if installed
	@scripts/install-packages $(TERRAFORM_TEST_PACKAGES)
	@scripts/make-venv
	@scripts/fetch-terraform-providers
	scripts/check-terraform
	$(TOOLS)/pytest --numprocesses 5 --maxschedchunk 1 Tests/EndToEnd/aws/test_terraform*.py

lint: ## Check code style, the nginx configuration and the workflows
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

format: ## Format Swift and Python
	@scripts/install-packages python3-venv
	@scripts/make-venv
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)
	$(TOOLS)/ruff check --fix
	$(TOOLS)/ruff format

soak: build ## Optional: run the tests of crashes, floods, full disks and midnight for MINUTES=5 each
	@scripts/install-packages $(TEST_PACKAGES)
	@scripts/make-venv
	$(TOOLS)/pytest --soak $(MINUTES) $(SOAK_TESTS)

fuzz: ## Optional: send corrupted FastCGI records for MINUTES=5 to a responder with AddressSanitizer
	@scripts/install-packages $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@scripts/make-venv
	$(SWIFT_BUILD) --traits DynamoDB --sanitize=address --product headcount-fcgi --build-path .build/asan
	HEADCOUNT_BINARY=.build/asan/debug/headcount-fcgi $(TOOLS)/pytest --soak $(MINUTES) Tests/EndToEnd/servers/test_fuzz.py

bench: build ## Measure Headcount beside C, Go, Python, PHP and Perl, into docs/benchmarks/: 8 minutes
	@scripts/install-packages $(BENCH_PACKAGES)
	-@scripts/install-packages $(PHP_PACKAGES)
	-@scripts/install-packages $(GO_PACKAGES)
	-@scripts/install-packages $(PYTHON_PACKAGES)
	-@scripts/install-packages $(CGI_PACKAGES)
	Benchmarks/bench.py $(BENCH_OPTIONS)
	Benchmarks/crawlers.sh

bench-lambda: lambda ## Measure the function against one like the original, in AWS's Python runtime
	@scripts/install-packages python3-venv
	@scripts/make-venv Benchmarks/requirements.txt
	$(TOOLS)/python Benchmarks/lambda.py --check

clean: ## Remove all build products, and the counts of `make run`
	rm -rf .build dist
