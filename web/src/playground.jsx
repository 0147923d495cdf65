import { GraphiQL } from 'graphiql';
import { useMemo, useState } from 'react';

import { examples } from './examples.js';
import { fetcherAs } from './fetcher.js';
import { linkedOperation } from './linked.js';
import { chosenRole, rememberRole, roles } from './roles.js';
import { storage } from './storage.js';

const HEADERS = `{
  // "authorization": "Bearer <token or API key>",
  // "x-workspace-id": "<id of the workspace to act in>"
}
`;

const linked = linkedOperation();

// Where tabs were kept from before, GraphiQL adds one for what a link came with. Where none were, it takes the first of these.
const defaultTabs = [...(linked ? [linked] : []), ...examples.map((query) => ({ query }))].map((tab) => ({ ...tab, headers: HEADERS }));

/** GraphiQL over this server, with the demo's roles to ask as when there are any. */
export function Playground({ schema }) {
  const [role, setRole] = useState(chosenRole);
  const fetcher = useMemo(() => fetcherAs(role), [role]);
  const choose = (subject) => setRole(rememberRole(subject));
  return (
    <GraphiQL
      fetcher={fetcher}
      schema={schema}
      storage={storage}
      initialQuery={linked?.query}
      initialVariables={linked?.variables}
      defaultTabs={defaultTabs}
      defaultHeaders={HEADERS}
      defaultEditorToolsVisibility="headers"
    >
      <GraphiQL.Logo>{roles.length > 0 ? <RoleChoice role={role} choose={choose} /> : 'Well ingestion API'}</GraphiQL.Logo>
    </GraphiQL>
  );
}

function RoleChoice({ role, choose }) {
  return (
    <label className="role">
      <span>Ask as</span>
      <select aria-label="Ask as" value={role.subject} onChange={(event) => choose(event.target.value)}>
        {roles.map(({ subject }) => (
          <option key={subject}>{subject}</option>
        ))}
      </select>
    </label>
  );
}
