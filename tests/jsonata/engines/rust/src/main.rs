//! Reads `[expression, input]`, one a line, and writes what jsonata-rs answers: `{"value": …}`, `{}` when that is
//! nothing, or `{"error": …}`.

use std::error::Error;
use std::io;

use bumpalo::Bump;
use jsonata_rs::JsonAta;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    for line in io::stdin().lines() {
        let (expression, input): (String, Value) = serde_json::from_str(&line?)?;
        println!("{}", answer(&expression, &input));
    }
    Ok(())
}

fn answer(expression: &str, input: &Value) -> Value {
    let arena = Bump::new();
    let evaluated = JsonAta::new(expression, &arena)
        .and_then(|compiled| compiled.evaluate(Some(&input.to_string()), None).map(|value| value.serialize(false)));
    match evaluated.map(|text| serde_json::from_str::<Value>(&text)) {
        Ok(Ok(value)) => json!({ "value": value }),
        Ok(Err(_)) => json!({}),
        Err(error) => json!({ "error": error.to_string() }),
    }
}
