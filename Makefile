# Everything a developer or a CI runs. `make test` needs Rust and nothing else that it does not fetch itself.

DIESEL_CLI := 2.3.14

.PHONY: test test-web test-clients bench check fmt clippy doc schema tools

## Run every test.
test: tools
	cargo test --locked

## Try GraphiQL in Chromium; needs Node.js.
test-web:
	cargo build --locked
	cd web && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund; } && npm test

## Run the example clients, the audit of GraphQL over HTTP and the schema's own checks; needs Node.js and Python.
test-clients:
	cargo build --locked
	tools/schema/check
	examples/run examples/*/ tests/http-audit tests/schemathesis

## Measure the server beside its peers: see benches/README.md.
bench:
	benches/run

## Formatting, lints, docs and the committed schema.
check: fmt clippy doc schema

fmt:
	cargo fmt --check

clippy:
	cargo clippy --locked --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items

schema:
	cargo run --locked --quiet -- schema | diff -u schema.graphql -

## The diesel command line, which a test compares src/entity/tables.rs with. Without libpq it cannot be built;
## then that one test says that it was skipped, except in CI, where it fails.
tools:
	@diesel --version 2>/dev/null | grep -q "$(DIESEL_CLI)" \
	  || cargo install --locked diesel_cli --version $(DIESEL_CLI) --no-default-features --features postgres \
	  || test -z "$$CI"
