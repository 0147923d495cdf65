#!/usr/bin/env bash
# Plays one whole sync as the pipeline does, against a running server:
#   examples/curl/sync.sh http://127.0.0.1:8080 well_sk_…
# The second argument is an API key with the role `service`; the demo prints one.
set -euo pipefail
base=${1:?the address of the server} key=${2:?an API key of the pipeline}

# ask '<document>' '<variables as JSON>': the answer, or a failure with it on the screen
ask() {
  local query=${1//$'\n'/ } answer
  query=${query//\\/\\\\}
  answer=$(printf '{"query":"%s","variables":%s}' "${query//\"/\\\"}" "${2:-{\}}" |
    curl -sS "$base/graphql" -H 'content-type: application/json' -H "authorization: Bearer $key" --data-binary @-)
  if grep -q '"errors":\[\|"userErrors":\[{' <<<"$answer"; then
    printf 'refused: %s\n' "$answer" >&2
    return 1
  fi
  printf '%s' "$answer"
}
# all values of a text field in an answer
all() { grep -o "\"$1\":\"[^\"]*\"" | cut -d'"' -f4; }

answer=$(ask '{ workspaceConnectors(first: 1, filter: {connectionState: {eq: CONNECTED}}) { nodes { id connector { name } } } }')
connector=$(all id <<<"$answer" | head -1)
echo "connector  $(all name <<<"$answer" | head -1) $connector"

answer=$(ask 'mutation($id: ID!, $task: String!) { createWorkspaceConnectorSyncLog(input: {
  workspaceConnectorId: $id, triggerType: CLOUD_TASK, cloudTaskId: $task, idempotencyKey: $task})
  { workspaceConnectorSyncLog { id status } userErrors { code message path } } }' \
  "{\"id\":\"$connector\",\"task\":\"queues/sync/tasks/$RANDOM$RANDOM$RANDOM\"}")
log=$(all id <<<"$answer")
echo "scheduled  $log"

ask 'mutation($id: ID!) { startWorkspaceConnectorSyncLog(input: {id: $id})
  { changed userErrors { code message path } } }' "{\"id\":\"$log\"}" >/dev/null
echo "started"

ask 'mutation($id: ID!) { createConnectorSyncDiagnostics(input: {diagnostics: [
  {workspaceConnectorId: $id, targetModel: INVOICE, reason: JURY_RUN, detail: "Three candidates were compared."},
  {workspaceConnectorId: $id, targetModel: INVOICE, toolName: "list_invoices", reason: EMPTY_RESULT, httpStatus: 200, detail: "The second page was empty."}]})
  { connectorSyncDiagnostics { id } userErrors { code message path } } }' "{\"id\":\"$connector\"}" >/dev/null
echo "diagnosed  twice"

documents=($(ask '{ documents(first: 100) { nodes { id } } }' | all id))
links=$(for i in $(seq 0 499); do
  printf '{"documentId":"%s","workspaceConnectorId":"%s","direction":"INPUT"},' "${documents[i % ${#documents[@]}]}" "$connector"
done)
ask 'mutation($links: [DocumentWorkspaceConnectorLinkInput!]!) { stageDocumentWorkspaceConnectors(input: {links: $links})
  { documentWorkspaceConnectors { id } userErrors { code message path } } }' "{\"links\":[${links%,}]}" | all id | wc -l |
  sed 's/^/staged     /; s/$/ links/'

tool="list_invoices_$RANDOM$RANDOM"
answer=$(ask 'mutation($id: ID!, $tool: String!) { createConnectorMapping(input: {
  workspaceConnectorId: $id, targetModel: INVOICE, toolName: $tool, expression: "invoices.{ \"number\": no }"})
  { connectorMapping { id } userErrors { code message path } } }' "{\"id\":\"$connector\",\"tool\":\"$tool\"}")
mapping=$(all id <<<"$answer")
answer=$(ask 'mutation($id: ID!) { regenerateConnectorMapping(input: {
  id: $id, expression: "invoices.{ \"number\": no, \"total\": $sum(lines.amount) }"})
  { connectorMapping { id } userErrors { code message path } } }' "{\"id\":\"$mapping\"}")
echo "remapped   $(all id <<<"$answer")"

ask 'mutation($id: ID!) { markWorkspaceConnectorSyncLogSuccess(input: {id: $id, metadata: {records_synced: 500, pages_fetched: 5}})
  { changed userErrors { code message path } } }' "{\"id\":\"$log\"}" >/dev/null
echo "succeeded"

ask 'query($id: ID!) { workspaceConnector(id: $id) { connectionState lastSuccessfulSyncAt latestSyncLog { status durationMs recordsSynced }
  documentLinks { totalCount } } }' "{\"id\":\"$connector\"}"
echo
