/** The tokens of JSONata, each kind with the class of its colour. */
const TOKENS: [RegExp, string][] = [
  [/\/\*[\s\S]*?\*\//y, 'comment'],
  [/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y, 'string'],
  [/`[^`]*`/y, 'name'],
  [/\$\$?[A-Za-z_]\w*(?=\s*\()/y, 'function'],
  [/\$\$?\w*/y, 'variable'],
  [/\b(?:and|or|in|true|false|null|function|λ)\b/y, 'keyword'],
  [/\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y, 'number'],
  [/[A-Za-z_]\w*/y, 'name'],
  [/:=|\.\.|~>|[!<>]=|[-+*\/%&=<>?:;.,^@#|]/y, 'operator'],
  [/\s+|[\s\S]/y, ''],
];

function tokensOf(text: string): [token: string, kind: string][] {
  const tokens: [string, string][] = [];
  for (let at = 0; at < text.length; ) {
    for (const [pattern, kind] of TOKENS) {
      pattern.lastIndex = at;
      const token = pattern.exec(text)?.[0];
      if (token) {
        tokens.push([token, kind]);
        at += token.length;
        break;
      }
    }
  }
  return tokens;
}

/** A JSONata expression with its syntax shown. */
export function Expression({ text, label = 'The expression' }: { text: string; label?: string }) {
  return (
    <pre className="code" tabIndex={0} aria-label={label}>
      {tokensOf(text).map(([token, kind], index) =>
        kind ? (
          <span key={index} className={`token ${kind}`}>
            {token}
          </span>
        ) : (
          token
        ),
      )}
    </pre>
  );
}
