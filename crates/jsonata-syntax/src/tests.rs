//! What the reference implementation says of the same texts.

use crate::{MAX_DEPTH, check};

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
    // what a second look allows
    "a@$x[0]",
    "a#$i[0]#$j",
    "a^(b)[0]#$i",
    "a{b: 1}[0]",
    "($x{b: 1})[0]",
    "$x{a: 1}.b[0]",
    "a[1].b",
    "a.(1)[0]",
    "-1",
    "a - 1[0]",
    "a.b[%.c]",
    "a.b[%.%.c]",
    "a.(b.c).%.%",
    "a.b.(%.c; %)",
    "a.$map(b, %.x)",
    "a@$x.$f()@$y.%",
    "a@$x.b@$y.%.c",
    "function($x){ %.a }",
    "a{%.b: %.%.c}",
    "a ~> %.b",
    "|%.a|{}|",
    "(%.a).b",
    "%^(a)",
    // regular expressions
    "$f(/\\]/)",
    "$f(/[(]}/)",
    "$f(/x{,3}/)",
    "$f(/\\8\\c/)",
    "$f(/\\k<a>/)",
    "$f(/(?<größe>.)\\k<größe>/i)",
    "$f(/(?<=a)b(?=c)*/)",
    "$f(/[\\d-z\\-]/im)",
    "$f(/[^]{2,}?/)",
    // signatures
    "function($x)<a<n>>{ 1 }",
    "function($x)<(sn)?f<n:n>-:x>{ 1 }",
    "function($x)<>{ 1 }",
    "function($x)<(n>{ 1 }",
];

/// Texts that are not `JSONata`, the reference's code, and where they stop being it.
const BAD: &[(&str, &str, &str)] = &[
    // words
    ("'open", "S0101", "the string has no closing quote (line 1, column 1)"),
    ("'\\u12", "S0101", "the string has no closing quote (line 1, column 1)"),
    ("1e999", "S0102", "the number is out of range (line 1, column 1)"),
    ("a & \"it\\'s", "S0103", "the escape sequence does not exist (line 1, column 8)"),
    ("'\\x'", "S0103", "the escape sequence does not exist (line 1, column 2)"),
    ("'\\u12g4'", "S0104", "`\\u` must be followed by 4 hexadecimal digits (line 1, column 2)"),
    ("`open", "S0105", "the name has no closing backquote (line 1, column 1)"),
    ("a /* open", "S0106", "the comment has no end (line 1, column 3)"),
    // the grammar
    ("a b", "S0201", "unexpected `b` (line 1, column 3)"),
    ("a;", "S0201", "unexpected `;` (line 1, column 2)"),
    ("a..b", "S0201", "unexpected `..` (line 1, column 2)"),
    ("01", "S0201", "unexpected `1` (line 1, column 2)"),
    ("SELECT * FROM invoices", "S0201", "unexpected `invoices` (line 1, column 15)"),
    ("[1, 2)", "S0202", "unexpected `)` where `]` is expected (line 1, column 6)"),
    ("{ 'a', 'b' }", "S0202", "unexpected `,` where `:` is expected (line 1, column 6)"),
    ("function($a) 1", "S0202", "unexpected `1` where `{` is expected (line 1, column 14)"),
    ("function($a)<n{ 1 }", "S0202", "unexpected `{` where `>` is expected (line 1, column 15)"),
    ("a^b", "S0202", "unexpected `b` where `(` is expected (line 1, column 3)"),
    ("{ 'a': 1", "S0203", "unexpected end where `}` is expected (line 1, column 9)"),
    ("{\"total\": amount", "S0203", "unexpected end where `}` is expected (line 1, column 17)"),
    ("(a;b", "S0203", "unexpected end where `)` is expected (line 1, column 5)"),
    ("a[", "S0203", "unexpected end where `]` is expected (line 1, column 3)"),
    ("|a|", "S0203", "unexpected end where `|` is expected (line 1, column 4)"),
    ("a !b", "S0204", "unexpected `!` (line 1, column 3)"),
    ("a ~ b", "S0204", "unexpected `~` (line 1, column 3)"),
    ("", "S0207", "unexpected end (line 1, column 1)"),
    ("  /* nothing */ ", "S0207", "unexpected end (line 1, column 17)"),
    ("1 +", "S0207", "unexpected end (line 1, column 4)"),
    ("a.", "S0207", "unexpected end (line 1, column 3)"),
    ("function($a, b){ 1 }", "S0208", "a parameter of a function must be a variable (line 1, column 14)"),
    ("function(?){ 1 }", "S0208", "a parameter of a function must be a variable (line 1, column 10)"),
    ("{\n  'id': id,\n  'é': = 3\n}", "S0211", "unexpected `=` (line 3, column 8)"),
    (". a", "S0211", "unexpected `.` (line 1, column 1)"),
    ("function($a){}", "S0211", "unexpected `}` (line 1, column 14)"),
    ("x := 1", "S0212", "the left side of `:=` must be a variable (line 1, column 1)"),
    ("($a.b := 1)", "S0212", "the left side of `:=` must be a variable (line 1, column 2)"),
    ("a@b.c", "S0214", "the right side of `@` must be a variable (line 1, column 3)"),
    ("a#'i'", "S0214", "the right side of `#` must be a variable (line 1, column 3)"),
    // groupings
    ("$x{}[0]", "S0209", "a predicate cannot follow a grouping (line 1, column 5)"),
    ("a.b + $x{'k': 1}[0]", "S0209", "a predicate cannot follow a grouping (line 1, column 17)"),
    ("a{}{}", "S0210", "a step cannot be grouped twice (line 1, column 4)"),
    ("a{b: 1}.c{d: 1}", "S0210", "a step cannot be grouped twice (line 1, column 10)"),
    // constants
    ("a.1", "S0213", "a constant cannot be a step of a path (line 1, column 3)"),
    ("true.a", "S0213", "a constant cannot be a step of a path (line 1, column 1)"),
    ("a.-1", "S0213", "a constant cannot be a step of a path (line 1, column 4)"),
    ("a.1[0]", "S0213", "a constant cannot be a step of a path (line 1, column 3)"),
    ("1[0].a", "S0213", "a constant cannot be a step of a path (line 1, column 1)"),
    ("a.null#$i", "S0213", "a constant cannot be a step of a path (line 1, column 3)"),
    ("1^(a).b", "S0213", "a constant cannot be a step of a path (line 1, column 1)"),
    // bindings
    ("a[0]@$x", "S0215", "`@` must stand before the predicates of its step (line 1, column 5)"),
    ("$x[0]@$y", "S0215", "`@` must stand before the predicates of its step (line 1, column 6)"),
    ("a^(b)@$x", "S0216", "`@` must stand before the order of its step (line 1, column 6)"),
    // parents
    ("%", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 1)"),
    ("%.number", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 1)"),
    ("$map(a, %.x)", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 9)"),
    ("a.%.%", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 5)"),
    ("$x.%", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 4)"),
    ("$x[%.a = 1]", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 4)"),
    ("a.$f().%", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 8)"),
    ("a@$x.b@$y.%.%", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 13)"),
    ("a@$x.$f()@$.%", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 13)"),
    ("*[%.a]", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 1)"),
    ("a ? %.b : c", "S0217", "`%` has no parent that can be derived from the expression (line 1, column 5)"),
    // regular expressions
    ("$f(//)", "S0301", "the regular expression is empty (line 1, column 4)"),
    ("$f(/open", "S0302", "the regular expression has no closing slash (line 1, column 4)"),
    ("$f(/+/)", "", "the regular expression is not JavaScript: there is nothing to repeat (line 1, column 5)"),
    ("$f(/é\\b+/)", "", "the regular expression is not JavaScript: there is nothing to repeat (line 1, column 8)"),
    (
        "$f(/[z-a]/)",
        "",
        "the regular expression is not JavaScript: the ends of a range are out of order (line 1, column 6)",
    ),
    (
        "$f(/a{2,1}/)",
        "",
        "the regular expression is not JavaScript: the numbers of a repetition are out of order (line 1, column 6)",
    ),
    (
        "$f(/(?i:a)/)",
        "",
        "the regular expression is not JavaScript: this kind of group does not exist (line 1, column 5)",
    ),
    (
        "$f(/(?<a>)|(?<a>)/)",
        "",
        "the regular expression is not JavaScript: two groups have the same name (line 1, column 15)",
    ),
    ("$f(/(?<a>)\\k<b>/)", "", "the regular expression is not JavaScript: no group has this name (line 1, column 11)"),
    ("$f(/a/ii)", "", "the regular expression is not JavaScript: a flag is repeated (line 1, column 7)"),
    // signatures
    (
        "function($x)<n<n>>{ 1 }",
        "S0401",
        "only `a` and `f` of a signature can have a type parameter (line 1, column 15)",
    ),
    ("function($x)<(a<n>s)>{ 1 }", "S0402", "a choice of a signature cannot have type parameters (line 1, column 14)"),
    ("function($x)<n+??>{ 1 }", "", "the signature is not one: there is nothing to repeat (line 1, column 13)"),
    (
        "function($x)<(s-n)>{ 1 }",
        "",
        "the signature is not one: the ends of a range are out of order (line 1, column 13)",
    ),
    // errors of the grammar come before all others
    ("a{}{} + (%.b", "S0203", "unexpected end where `)` is expected (line 1, column 13)"),
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
    for &(bad, code, says) in BAD {
        let error = check(bad).expect_err(bad);
        assert_eq!((error.code().unwrap_or_default(), error.describe(bad).as_str()), (code, says), "{bad}");
    }
}

#[test]
fn every_part_of_an_expression_is_survived() {
    for text in GOOD.iter().chain(BAD.iter().map(|(bad, ..)| bad)) {
        for (end, _) in text.char_indices() {
            for part in [&text[..end], &text[end..]] {
                if let Err(error) = check(part) {
                    assert!(!error.describe(part).is_empty() && part.get(error.bytes()).is_some(), "{part}");
                }
            }
        }
    }
}

#[test]
fn long_words_are_shown_in_part() {
    let text = format!("a {}", "b".repeat(50));
    assert_eq!(
        check(&text).unwrap_err().describe(&text),
        format!("unexpected `{}…` (line 1, column 3)", "b".repeat(40))
    );
}

#[test]
fn depth_is_limited_and_length_is_not() {
    let deep = format!("expressions nest more than {MAX_DEPTH} levels deep");
    for nest in
        ["(", "[", "{'a':", "-", "$f(", "function($x){", "a?", "a^(", "|", "a{b:", "a.(", "1+(2*(", "$x:=", "a?b:"]
    {
        let error = check(&nest.repeat(MAX_DEPTH + 1)).map_err(|error| error.describe(""));
        assert!(error.as_ref().is_err_and(|error| error.contains(&deep)), "{nest}: {error:?}");
    }
    for chain in ["a.", "1+", "$x:=", "a?b:", "a?:", "a ~> ", "a and "] {
        let of = |length: usize| check(&format!("{}a", chain.repeat(length)));
        assert_eq!(of(MAX_DEPTH - 1), Ok(()), "{chain}");
        assert!(of(MAX_DEPTH).unwrap_err().describe("").contains(&deep), "{chain}");
    }
    for behind in ["[0]", "()", "#$i", "@$x", ".a"] {
        assert_eq!(check(&format!("a{}", behind.repeat(MAX_DEPTH - 1))), Ok(()), "{behind}");
        assert!(check(&format!("a{}", behind.repeat(MAX_DEPTH))).is_err(), "{behind}");
    }
    assert_eq!(check(&format!("[{}a]", "a.b, (c; d), ".repeat(50_000))), Ok(()));
    let groups = 200;
    assert_eq!(check(&format!("$f(/{}{}/)", "(?:a|".repeat(groups), ")".repeat(groups))), Ok(()));
}

#[test]
fn the_steps_of_parents_are_limited() {
    let path = format!("{}a{}", "a.".repeat(2_500), ".%".repeat(2_500));
    assert_eq!(check(&path), Ok(()));
    let error = check(&format!("[{path}, {path}]")).unwrap_err().describe("");
    assert!(error.starts_with("the `%` of the expression together look at more than 10000000 steps"), "{error}");
}

#[test]
fn a_signature_reads_numbers_as_javascript_writes_them() {
    // `1e21` is `1e+21`, whose sign repeats; `1e-7` has a sign as well, and what is between needs none.
    for (number, taken) in [("1e21", false), ("1e-7", false), ("1e20", true), ("0.000001", true)] {
        assert_eq!(check(&format!("function($x)<n+?{number}>{{ 1 }}")).is_ok(), taken, "{number}");
    }
}
