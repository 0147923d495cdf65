//! The threat model names tests that are there.

use std::path::Path;

use super::read;

/// The source of a topic, such as `isolation::roots`.
fn source(topic: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api").join(topic.replace("::", "/"));
    [path.with_extension("rs"), path.join("mod.rs")].iter().find_map(|file| std::fs::read_to_string(file).ok())
}

#[test]
fn every_attack_has_a_wall_and_tests_that_are_there() {
    let text = read("docs/SECURITY.md");
    let attacks: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| attack "))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    assert!(attacks.len() > 20, "only {} attacks were found", attacks.len());
    for attack in attacks {
        let [what, wall, tests] = attack[..] else { panic!("an attack has a wall and tests: {attack:?}") };
        assert!(!wall.is_empty(), "{what}");
        let tests: Vec<&str> = tests.split(", ").map(|test| test.trim_matches('`')).collect();
        for test in &tests {
            let (topic, name) = test.rsplit_once("::").unwrap_or_else(|| panic!("{what}: {test}"));
            let source = source(topic).unwrap_or_else(|| panic!("{what}: there is no topic {topic}"));
            assert!(source.contains(&format!("fn {name}() {{")), "{what}: there is no test {test}");
        }
    }
}
