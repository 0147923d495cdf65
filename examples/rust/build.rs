fn main() {
    // The derive watches the operations, but not the schema.
    println!("cargo::rerun-if-changed=../../schema.graphql");
}
