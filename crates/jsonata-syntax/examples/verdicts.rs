//! Reads expressions, with a NUL between them, and writes a line for each: `ok`, or the error's code (`-` when it has
//! none), its first byte, the byte behind it, and what it says.

use std::io::{self, Read, Write};

fn main() -> io::Result<()> {
    let mut expressions = String::new();
    io::stdin().read_to_string(&mut expressions)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for expression in expressions.split('\0') {
        match jsonata_syntax::check(expression) {
            Ok(()) => writeln!(out, "ok")?,
            Err(error) => {
                let bytes = error.bytes();
                let says = error.describe(expression).replace(['\n', '\r'], " ");
                writeln!(out, "{} {} {} {says}", error.code().unwrap_or("-"), bytes.start, bytes.end)?;
            }
        }
    }
    Ok(())
}
