import documents from '../../__generated__/documents.json';
import type { SentQuery } from '../relay/environment';
import { Dialog } from './Dialog';

/** The text by which the server knows the operation. The build wrote it down; only this dialog loads it. */
function textOf({ document }: SentQuery): string {
  const text = (documents as Record<string, string>)[document] ?? '';
  return text.trim();
}

/** What of the variables was given: null leaves an argument out. */
function given(variables: object) {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== null && value !== undefined));
}

/** Behind `#`, which is sent to no server. */
function inGraphiql(query: SentQuery): string {
  const parameters = new URLSearchParams({ query: textOf(query), variables: JSON.stringify(given(query.variables), null, 2) });
  return `/graphiql#${parameters}`;
}

export default function QueryDialog({ queries, onClose }: { queries: SentQuery[]; onClose: () => void }) {
  return (
    <Dialog title="The GraphQL of this view" onClose={onClose} wide>
      {queries.length === 0 && <p>This view has sent no query yet.</p>}
      {queries.map((one) => (
        <section key={one.name} className="operation" aria-label={one.name}>
          <div className="row spread">
            <h3>{one.name}</h3>
            <a className="button" href={inGraphiql(one)} target="_blank" rel="opener">
              Open in GraphiQL
            </a>
          </div>
          <pre className="code" tabIndex={0} aria-label={`Text of ${one.name}`}>
            {textOf(one)}
          </pre>
          <h4>Variables</h4>
          <pre className="code" tabIndex={0} aria-label={`Variables of ${one.name}`}>
            {JSON.stringify(given(one.variables), null, 2)}
          </pre>
        </section>
      ))}
      <p className="quiet">
        It is sent as the SHA-256 of its text, <code>documentId</code>, which the server trusts because its own build wrote it down.
      </p>
    </Dialog>
  );
}
