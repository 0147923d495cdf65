# Everything a developer or a CI runs.

DIESEL_CLI := 2.3.14
CARGO_DENY := 0.20.2
CARGO_MACHETE := 0.9.2

.PHONY: layers test test-api test-web test-dashboard test-clients bench check fmt clippy doc schema fuzz msrv crates tools crate-tools

## Run every test. What needs Node.js, Chromium or Python is left out where they are missing, except in CI.
test: test-api test-web test-clients

## The tests in Rust: of units, and of the API over HTTP.
test-api: tools
	cargo test --locked --workspace

## Try GraphiQL and the reference of REST in Chromium, and hold the dashboard to the schema.
test-web:
	$(call with,npm chromium,cargo build --locked && (cd web && $(packages) && npm test) \
	  && cd dashboard && $(packages) && npm run check && node --test test/vocabulary.test.js)

## Try the dashboard in Chromium, over the server with demo data, and hold it to the schema. Apart from `make test` until
## `a task keeps who it is assigned to` passes every time: its second save was once not done.
test-dashboard:
	$(call with,npm chromium psql,cargo build --locked && cd dashboard && $(packages) && npm test)

# The packages of the lock file, unless they are there.
packages = { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund; }

## Run the example clients, the audit of GraphQL over HTTP, the fuzzers, the schema's own checks, and what is compared
## with JSONata's implementations.
test-clients:
	$(call with,npm python3,tools/schema/check && tests/jsonata/check && tests/jsonata/engines/check \
	  && examples/run $(dir $(wildcard examples/*/check examples/recipes/*/check)) \
	    tests/http-audit tests/validation tests/schemathesis tests/schemathesis-rest tests/zones)

# with <tools>,<command>: the command, unless a tool is missing.
define with
@for tool in $(1); do command -v $$tool >/dev/null || missing="$$missing $$tool"; done; \
if [ -n "$$missing" ]; then echo "$@ is left out: it needs$$missing"; test -z "$$CI"; else $(2); fi
endef

## Measure the server beside its peers: see benches/README.md.
bench:
	benches/run

## Formatting, lints, docs, the committed schema, that the fuzz targets still fit, the oldest Rust, and the crates.
check: layers fmt msrv crates clippy doc schema fuzz

fmt:
	cargo fmt --all --check

clippy:
	cargo clippy --locked --workspace --all-targets -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

schema:
	cargo run --locked --quiet -- schema | diff -u schema.graphql -
	cargo run --locked --quiet -- openapi | diff -u openapi.json -

fuzz:
	cd fuzz && cargo check --locked --target-dir ../target/fuzz

## Whether a lower module imports a higher one.
layers:
	tools/layers/check && python3 tools/layers/test_check.py

## Whether a dependency needs a newer Rust than is declared. Whether the code does is for clippy's incompatible_msrv.
msrv:
	tools/msrv/check

## Licences, sources and duplicates of crates, by deny.toml, and crates that nothing uses.
crates: crate-tools
	$(call with,cargo-deny cargo-machete,cargo deny --locked check bans licenses sources && cargo machete --skip-target-dir)

## Built without optimisation, which takes a third of the time; what they do is small.
crate-tools:
	@cargo deny --version 2>/dev/null | grep -q "$(CARGO_DENY)" \
	  || cargo install --locked cargo-deny --version $(CARGO_DENY) --no-default-features --debug || test -z "$$CI"
	@cargo machete --version 2>/dev/null | grep -q "$(CARGO_MACHETE)" \
	  || cargo install --locked cargo-machete --version $(CARGO_MACHETE) --debug || test -z "$$CI"

## The diesel command line, which a test compares src/db/schema.rs with. Without libpq it cannot be built;
## then that one test says that it was skipped, except in CI, where it fails.
tools:
	@diesel --version 2>/dev/null | grep -q "$(DIESEL_CLI)" \
	  || cargo install --locked diesel_cli --version $(DIESEL_CLI) --no-default-features --features postgres \
	  || test -z "$$CI"
