// Renders the page against the server and uses it as a person would.
import "global-jsdom/register";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Suspense } from "react";
import { RelayEnvironmentProvider } from "react-relay";
import { App } from "./App";
import { createEnvironment } from "./environment";

const url = setting("WELL_URL");

afterEach(cleanup);

test("a list grows page by page, in the server's order", async () => {
  const { asked } = await open();
  const ids = () => screen.getAllByRole("listitem").map((item) => item.dataset["testid"]);
  assert.equal(ids().length, 10);
  for (const length of [20, 30]) {
    fireEvent.click(await screen.findByRole("button", { name: "More" }));
    await waitFor(() => assert.equal(ids().length, length));
  }
  assert.deepEqual(asked, ["AppQuery", "SyncLogListPageQuery", "SyncLogListPageQuery"]);
  const { workspaceConnectorSyncLogs } = await plainly("{ workspaceConnectorSyncLogs(first: 30) { nodes { id } } }");
  assert.deepEqual(
    ids(),
    workspaceConnectorSyncLogs.nodes.map(({ id }: { id: string }) => id),
  );
});

test("an object is fetched again through node", async () => {
  const { asked } = await open();
  const id = screen.getByTestId("connector").dataset["id"];
  assert.notEqual(screen.getByTestId("latest").textContent, "IN_PROGRESS");
  await plainly(
    `mutation { createWorkspaceConnectorSyncLog(input: { workspaceConnectorId: "${id}", status: IN_PROGRESS })
      { userErrors { message } } }`,
    setting("WELL_KEY_SERVICE"),
  );
  fireEvent.click(screen.getByRole("button", { name: "Refresh" }));
  await waitFor(() => assert.equal(screen.getByTestId("latest").textContent, "IN_PROGRESS"));
  assert.deepEqual(asked, ["AppQuery", "ConnectorCardRefreshQuery"]);
});

/** Shows the page to a member and waits until it is there. Answers the operations that it asks for. */
async function open() {
  const asked: string[] = [];
  const environment = createEnvironment(url, setting("WELL_TOKEN_MEMBER"), (operation) => asked.push(operation));
  render(
    <RelayEnvironmentProvider environment={environment}>
      <Suspense fallback="Loading">
        <App />
      </Suspense>
    </RelayEnvironmentProvider>,
  );
  await screen.findByRole("heading", { name: "Acme" });
  return { asked };
}

/** Asks without Relay, to compare and to change something behind its back. */
async function plainly(query: string, token = setting("WELL_TOKEN_MEMBER")) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  return data;
}

function setting(name: string): string {
  const value = process.env[name];
  assert(value, `${name} is not set; examples/run sets it.`);
  return value;
}
