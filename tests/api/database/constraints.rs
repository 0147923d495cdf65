//! The constraints of the database, the last wall: what a broken one looks like from outside.

use serde_json::json;

use crate::change::change;
use crate::kit::App;

/// Every rule of the schema that can refuse a row, with the code that PostgreSQL refuses it with.
const RULES: &str = "
    SELECT conname::text, CASE contype WHEN 'f' THEN '23503' WHEN 'c' THEN '23514' ELSE '23505' END
    FROM pg_constraint WHERE connamespace = 'core_api'::regnamespace AND contype IN ('c', 'f', 'p', 'u')
    UNION SELECT indexrelid::regclass::text, '23505' FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indisunique AND relnamespace = 'core_api'::regnamespace
    UNION SELECT tgname::text, CASE WHEN proname LIKE 'check%' THEN '23503' ELSE '23514' END
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE NOT tgisinternal AND pronamespace = 'core_api'::regnamespace AND proname <> 'advance_updated_at'
    AND proname NOT LIKE 'record%'";

#[tokio::test]
async fn every_broken_rule_is_a_typed_error_without_a_word_of_the_database() {
    let app = App::start().await;
    let rules = app.sql().query(RULES, &[]).await.unwrap();
    assert!(rules.len() > 60, "{} rules", rules.len());
    for rule in rules {
        let (name, code): (String, String) = (rule.get(0), rule.get(1));
        let name = name.trim_start_matches("core_api.");
        app.execute(&format!(
            "CREATE OR REPLACE FUNCTION core_api.refuse_for_a_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'raw text of the database' USING ERRCODE = '{code}', CONSTRAINT = '{name}',
                    TABLE = 'tasks', SCHEMA = 'core_api', DETAIL = 'raw detail', HINT = 'raw hint';
             END $$;
             CREATE OR REPLACE TRIGGER aa_refuse_for_a_test BEFORE INSERT ON core_api.tasks
                FOR EACH ROW EXECUTE FUNCTION core_api.refuse_for_a_test()"
        ))
        .await;
        let answer = change(&app.member(), "createTask", "task { id }", json!({ "title": "x" })).await;
        let code = answer.str("/done/userErrors/0/code");
        assert!(
            ["NOT_FOUND", "BAD_USER_INPUT", "CONFLICT", "INVALID_STATE"].contains(&code),
            "{name}: {}",
            answer.text
        );
        assert!(answer.at("/done/task").is_null());
        for word in ["raw", name, "core_api", "_pk", "constraint"] {
            assert!(!answer.text.contains(word), "{name}: {}", answer.text);
        }
    }
}
