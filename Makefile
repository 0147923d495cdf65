# Everything a developer or a CI runs.

DIESEL_CLI := 2.3.14

.PHONY: test test-api test-web test-clients bench check fmt clippy doc schema fuzz tools

## Run every test. What needs Node.js, Chromium or Python is left out where they are missing, except in CI.
test: test-api test-web test-clients

## The tests in Rust: of units, and of the API over HTTP.
test-api: tools
	cargo test --locked

## Try GraphiQL in Chromium.
test-web:
	$(call with,npm chromium,cargo build --locked && cd web \
	  && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund; } && npm test)

## Run the example clients, the audit of GraphQL over HTTP, the fuzzers and the schema's own checks.
test-clients:
	$(call with,npm python3,tools/schema/check \
	  && examples/run examples/*/ tests/http-audit tests/validation tests/schemathesis)

# with <tools>,<command>: the command, unless a tool is missing.
define with
@for tool in $(1); do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
if [ -n "$$missing" ]; then echo "$@ is left out: it needs$$missing"; test -z "$$CI"; else $(2); fi
endef

## Measure the server beside its peers: see benches/README.md.
bench:
	benches/run

## Formatting, lints, docs, the committed schema, and that the fuzz targets still fit.
check: fmt clippy doc schema fuzz

fmt:
	cargo fmt --check

clippy:
	cargo clippy --locked --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

schema:
	cargo run --locked --quiet -- schema | diff -u schema.graphql -

fuzz:
	cd fuzz && cargo check --locked --target-dir ../target/fuzz

## The diesel command line, which a test compares src/entity/tables.rs with. Without libpq it cannot be built;
## then that one test says that it was skipped, except in CI, where it fails.
tools:
	@diesel --version 2>/dev/null | grep -q "$(DIESEL_CLI)" \
	  || cargo install --locked diesel_cli --version $(DIESEL_CLI) --no-default-features --features postgres \
	  || test -z "$$CI"
