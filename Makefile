# Everything a developer runs; .ci/run runs the same targets.
ifeq ($(filter oneshell,$(.FEATURES)),)
$(error GNU make 3.82 or later is needed)
endif
.ONESHELL:
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

module := github.com/webshell-guard/caddy-webshell-guard

# The packages of both modules: go.work joins the one that users build and integration/.
packages := ./... ./integration/...

# A time, or a count such as 50000x. At the end of a time Go before 1.27 can fail a target with
# "context deadline exceeded" for no fault of its own (golang/go#75804); a count never does.
FUZZTIME ?= 20s

.PHONY: help setup test test-php tools bin/xcaddy lint fmt vuln build xcaddy validate fuzz bench harnesses

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS=$$'\t' read -r target text; do
		printf '%-10s %s\n' "$$target" "$$text"
	done

setup: ## install what the tests need (Debian, as root), or list what is missing
	@.ci/setup

test: setup ## every test, with the race detector; a skipped test fails
	@go run .ci/gotest.go -race -count=1 $(packages)

test-php: setup xcaddy ## the tests with real PHP, against the build by xcaddy
	@WEBSHELL_GUARD_CADDY=$(CURDIR)/bin/caddy-xcaddy \
		go run .ci/gotest.go -count=1 -run TestPHP ./integration/...

tools: ## the development tools, at the versions of .ci/tools/go.mod, in bin/
	@mkdir -p bin
	GOWORK=off go build -C .ci/tools -o ../../bin/ tool

# A module of its own: whoever only builds Caddy need not build the linters.
bin/xcaddy:
	@mkdir -p bin
	GOWORK=off go build -C .ci/xcaddy -o ../../bin/ tool

lint: tools ## golangci-lint
	@bin/golangci-lint run $(packages)

fmt: tools ## format the code
	@bin/golangci-lint fmt

# Without its database govulncheck knows nothing: that is said, and is no failure of the code.
vuln: tools ## known vulnerabilities that the code reaches
	@status=0
	report=$$(bin/govulncheck $(packages) 2>&1) || status=$$?
	echo "$$report"
	if [[ $$report == *'fetching vulnerabilities:'* ]]; then
		echo "NOT RUN: govulncheck's database cannot be reached from here"
		exit 0
	fi
	exit $$status

build: ## bin/caddy: Caddy's standard modules and this one
	GOWORK=off go build -o bin/caddy ./examples/caddy

# The requirement, which GOFLAGS hands to xcaddy's "go mod edit", says that the package belongs to
# the replaced module. Otherwise go looks for a module of the package's own path first, and gives
# up where a proxy answers that with anything but "not found".
xcaddy: bin/xcaddy ## bin/caddy-xcaddy: the same as users build it, with the Caddy of go.mod
	@version=$$(GOWORK=off go list -m -f '{{.Version}}' github.com/caddyserver/caddy/v2)
	GOFLAGS="$$(go env GOFLAGS) -require=$(module)@v0.0.0" \
		bin/xcaddy build "$$version" --output bin/caddy-xcaddy \
		--with $(module)/caddymodule --replace $(module)=.
	modules=$$(bin/caddy-xcaddy list-modules)
	for id in webshell_guard http.handlers.webshell_guard; do
		grep -x "$$id" <<<"$$modules" || { echo "list-modules does not show $$id" >&2; exit 1; }
	done

# Validating must not touch a live server's state: Caddy's places for it are led to an empty
# directory, where no file may appear but those of Caddy's own local authority.
validate: build ## every example configuration
	@tmp=$$(mktemp -d)
	trap 'rm -rf "$$tmp"' EXIT
	find Caddyfile.example examples -name 'Caddyfile*' | sort | while read -r file; do
		echo "$$file"
		HOME=$$tmp XDG_DATA_HOME=$$tmp XDG_CONFIG_HOME=$$tmp \
			bin/caddy validate --config "$$file" --adapter caddyfile 2>&1 | tail -n 1
		written=$$(find "$$tmp" -name pki -prune -o -type f -print)
		[[ -z $$written ]] || { echo "validate wrote $$written" >&2; exit 1; }
	done

fuzz: ## every fuzz target for FUZZTIME (20s)
	@{ grep -ro --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' . || echo "no fuzz target" >&2; } | sort |
	while IFS=: read -r file target; do
		target=$${target#func }
		echo "$$target in $$(dirname "$$file")"
		go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "$$(dirname "$$file")" </dev/null
	done

bench: ## every benchmark
	@go test -run '^$$' -bench . -benchmem $(packages)

# Their figures say little then: that they run, and fail if a request does, is the point.
harnesses: setup ## a short form of each harness that is no test
	go run -C integration/bench . -pairs 1 -seconds 1
	go run -C integration/bench ./cores -pairs 3 -milliseconds 100
	go run -C integration/bench ./instructions -requests 5
	go run -C integration/bench ./size -most 10000 -minutes 0.1
	go run -C integration/bench ./replay -pairs 1 -lines 100000
	integration/caddytest/run.sh block
