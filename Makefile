# Everything a developer or a CI runs. `make test` needs Rust and nothing else that it does not fetch itself.

DIESEL_CLI := 2.3.14

.PHONY: test check fmt clippy doc schema tools

## Run every test.
test: tools
	cargo test --locked

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
