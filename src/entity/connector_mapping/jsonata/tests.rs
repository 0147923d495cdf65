//! What the reference implementation says of the same texts.

use super::{DEEPEST, check};

/// The language feature by feature.
const GOOD: &[&str] = &[
    // steps
    "$",
    "$$",
    "invoice",
    "invoice.lines.amount",
    "`line items`.`unit price`",
    "\"quoted\".'also quoted'",
    "*.id",
    "**.id",
    "lines[0]",
    "lines[-1].id",
    "lines[[0..3]]",
    "lines[].id",
    "lines[price > 10 and stock].sku",
    "$.lines.(price * quantity)",
    "lines.%.number",
    "lines.{ 'sku': sku, 'of': %.number }",
    "lines#$i[$i < 3].sku",
    "orders@$o.lines@$l[$o.id = $l.id].sku",
    "(a.b)@$x.(c)@$y#$i",
    "lines^(price)",
    "lines^(>price, <sku)",
    "lines^(price * quantity)[0]",
    "lines{ sku: $sum(price) }",
    "and.or.in",
    "or",
    "in in in",
    "function.λ",
    "a$b.c\"d",
    "größe.naïve",
    "日本.語",
    "$größe",
    // operators
    "1 + 2 - 3 * 4 / 5 % 6",
    "-1",
    "--1",
    "a-b",
    "a & ' ' & b",
    "a = b or a != c and not_c",
    "a < 1 or b <= 2 or c > 3 or d >= 4",
    "'x' in ['x', 'y']",
    "a ? b",
    "a ? b : c",
    "a ? b : c ? d : e",
    "a ?: b",
    "a ?? b ?? 'c'",
    "a ?: b ?? c",
    "0.5e-3",
    "1E5",
    "[1..9]",
    "[1, 2..5, 'x']",
    "[]",
    "{}",
    "{ 'a': 1, b: 2 }",
    "{ 'a': {} }{ 'b': [] }",
    "true and false or null",
    // blocks, variables, functions
    "()",
    "(1;)",
    "($x := 1; $y := $x + 1; $x * $y)",
    "$x := $y := 3",
    "$x[] := 1",
    "$f()",
    "$f(1, ?, 'x')(2)",
    "$sum(lines.(price * quantity))",
    "function($a, $b){ $a + $b }(1, 2)",
    "λ($x){ $x }",
    "function(){ 1 }",
    "function($x, $y)<nn:n>{ $x }",
    "function($x)<a<n>n?:o>{ $x }",
    "$map(lines, function($l, $i){ $l.price + $i })",
    "a ~> $f ~> $g(?, 1)",
    "$ ~> |lines|{ 'total': price * quantity }, ['price']|",
    "|a|{}|",
    "$reduce([1..5], function($a, $b){ $a * $b })",
    // regular expressions and division
    "$match(name, /^a(b|[/])c$/i)",
    "$replace(s, /\\//, '-')",
    "$f(/a\\\\/)",
    "/ab+/m",
    "a / b / c",
    "(a)/(b)",
    "[1]/2",
    "a[0]/b[1]",
    "name ~> /x/ ? 'x' : 'y'",
    "$split(s, /, */)",
    // spaces, comments, escapes
    "  a\n\t. b\r\n",
    "/* note */ a /* and */ . /**/ b /* end */",
    "/* a */ /* b */ 1",
    r#"'\u00e9\n\t\\\/\"'"#,
    "'it is \"so\"'",
    "\"a /* no comment */\"",
    "'😀'",
];

/// Texts that are not `JSONata`, and where they stop being it.
const BAD: &[(&str, &str)] = &[
    ("", "unexpected the end (line 1, column 1)"),
    ("  /* nothing */ ", "unexpected the end (line 1, column 17)"),
    ("1 +", "unexpected the end (line 1, column 4)"),
    ("{ 'a': 1", "unexpected the end where `}` is expected (line 1, column 9)"),
    ("[1, 2)", "unexpected `)` where `]` is expected (line 1, column 6)"),
    ("(a;b", "unexpected the end where `)` is expected (line 1, column 5)"),
    ("a b", "unexpected `b` (line 1, column 3)"),
    ("a;", "unexpected `;` (line 1, column 2)"),
    ("a..b", "unexpected `..` (line 1, column 2)"),
    ("{\n  'id': id,\n  'é': = 3\n}", "unexpected `=` (line 3, column 8)"),
    ("{ 'a', 'b' }", "unexpected `,` where `:` is expected (line 1, column 6)"),
    ("a !b", "unexpected `!` (line 1, column 3)"),
    ("a ~ b", "unexpected `~` (line 1, column 3)"),
    (". a", "unexpected `.` (line 1, column 1)"),
    ("a.", "unexpected the end (line 1, column 3)"),
    ("a[", "unexpected the end (line 1, column 3)"),
    ("'open", "this text has no closing quote (line 1, column 1)"),
    ("a & \"it\\'s", "this escape sequence does not exist (line 1, column 8)"),
    ("'\\x'", "this escape sequence does not exist (line 1, column 2)"),
    ("'\\u12g4'", "`\\u` must be followed by 4 hexadecimal digits (line 1, column 2)"),
    ("`open", "this name has no closing backquote (line 1, column 1)"),
    ("a /* open", "this comment has no end (line 1, column 3)"),
    ("$f(/open", "this regular expression has no end (line 1, column 4)"),
    ("$f(//)", "a regular expression must not be empty (line 1, column 4)"),
    ("1e999", "this number is out of range (line 1, column 1)"),
    ("01", "unexpected `1` (line 1, column 2)"),
    ("x := 1", "the left side of `:=` must be a variable (line 1, column 1)"),
    ("($a.b := 1)", "the left side of `:=` must be a variable (line 1, column 2)"),
    ("a@b.c", "the right side of `@` and `#` must be a variable (line 1, column 3)"),
    ("a#'i'", "the right side of `@` and `#` must be a variable (line 1, column 3)"),
    ("function($a, b){ 1 }", "the parameters of a function must be variables (line 1, column 14)"),
    ("function(?){ 1 }", "the parameters of a function must be variables (line 1, column 10)"),
    ("function($a) 1", "unexpected `1` where `{` is expected (line 1, column 14)"),
    ("function($a){}", "unexpected `}` (line 1, column 14)"),
    ("function($a)<n{ 1 }", "unexpected `{` where `>` is expected (line 1, column 15)"),
    ("a.1", "a constant cannot be a step of a path (line 1, column 3)"),
    ("true.a", "a constant cannot be a step of a path (line 1, column 1)"),
    ("a^b", "unexpected `b` where `(` is expected (line 1, column 3)"),
    ("|a|", "unexpected the end (line 1, column 4)"),
    ("SELECT * FROM invoices", "unexpected `invoices` (line 1, column 15)"),
    ("{\"total\": amount", "unexpected the end where `}` is expected (line 1, column 17)"),
];

#[test]
fn no_good_expression_is_refused() {
    for good in GOOD {
        assert_eq!(check(good).map_err(|error| error.describe(good)), Ok(()), "{good}");
    }
    let all = GOOD.iter().map(|good| format!("({good})")).collect::<Vec<_>>().join(";\n");
    assert_eq!(check(&format!("({})", all.replace("(/ab+/m)", "1"))), Ok(()));
}

#[test]
fn a_bad_expression_is_refused_where_it_goes_wrong() {
    for (bad, expected) in BAD {
        let error = check(bad).map_err(|error| error.describe(bad));
        assert_eq!(error, Err(format!("It is not JSONata: {expected}.")), "{bad}");
    }
}

#[test]
fn every_beginning_of_a_good_expression_is_survived() {
    for good in GOOD {
        for (end, _) in good.char_indices() {
            let _ = check(&good[..end]);
            let _ = check(&good[end..]);
        }
    }
}

#[test]
fn depth_is_limited_and_length_is_not() {
    for nest in ["(", "[", "{'a':", "-", "$f(", "function($x){", "a?", "a^(", "|", "a{b:", "a.(", "1+(2*("] {
        let error = check(&nest.repeat(20_000)).map_err(|error| error.describe(""));
        assert!(error.is_err_and(|error| error.contains(&format!("{DEEPEST} levels"))), "{nest}");
    }
    for chain in ["a.", "1+", "$x:=", "a?b:", "a?:", "a[0][1].", "a ~> ", "a and ", "f(1)(2)."] {
        assert_eq!(check(&format!("{}1", chain.repeat(20_000)).replace(".1", ".a")), Ok(()), "{chain}");
    }
    let deep = DEEPEST / 2 - 1;
    assert_eq!(check(&format!("{}1{}", "(1+".repeat(deep), ")".repeat(deep))), Ok(()));
}
