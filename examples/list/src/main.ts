import { graphql } from "./gql";
import type { TypedDocumentString } from "./gql/graphql";

const Connectors = graphql(`
  query Connectors {
    workspaceConnectors(first: 20) {
      nodes { connectionState connector { name } latestSyncLog { status } }
    }
  }
`);

async function ask<Data, Variables>(query: TypedDocumentString<Data, Variables>, variables?: Variables): Promise<Data> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${import.meta.env.VITE_TOKEN}` },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors.map((error: { message: string }) => error.message).join(" "));
  return data;
}

const { workspaceConnectors } = await ask(Connectors);
for (const { connector, connectionState, latestSyncLog } of workspaceConnectors?.nodes ?? []) {
  const row = document.createElement("li");
  row.textContent = `${connector?.name}: ${connectionState}, last sync: ${latestSyncLog?.status ?? "never"}`;
  document.querySelector("ul")?.append(row);
}
