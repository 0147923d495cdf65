"""Copies the sync logs of the last 90 days that ended, each with the name of its connector, by dlt's REST API source."""

import os
from datetime import UTC, datetime, timedelta

import dlt
from dlt.sources.helpers.requests import Response
from dlt.sources.rest_api import rest_api_source

# dlt fills in what stands in braces, so each brace of GraphQL is written twice.
QUERY = """
query SyncLogs($after: String, $filter: WorkspaceConnectorSyncLogFilter) {{
  workspaceConnectorSyncLogs(first: 100, after: $after, filter: $filter, orderBy: [{{ field: CREATED_AT, direction: ASC }}]) {{
    nodes {{ id status createdAt durationMs recordsSynced workspaceConnector {{ id connector {{ name }} }} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""


def refuse_errors(response: Response, *_: object, **__: object) -> None:
    """Ends the load when a part of the answer was refused: dlt would take what is missing for no rows."""
    if errors := response.json().get("errors"):
        raise RuntimeError(errors)


def source(url: str, token: str, query: str = QUERY):
    since = datetime.now(UTC) - timedelta(days=90)
    page = "data.workspaceConnectorSyncLogs"
    return rest_api_source(
        {
            "client": {
                "base_url": url,
                "auth": {"type": "bearer", "token": token},
                # Else a document that is refused has the status 200, and the load ends well, with nothing.
                "headers": {"accept": "application/graphql-response+json"},
                "paginator": {
                    "type": "cursor",
                    "cursor_path": f"{page}.pageInfo.endCursor",
                    "has_more_path": f"{page}.pageInfo.hasNextPage",
                    "cursor_body_path": "variables.after",
                },
            },
            "resource_defaults": {"primary_key": "id", "write_disposition": "replace"},
            "resources": [
                {
                    "name": "sync_logs",
                    "endpoint": {
                        "path": "graphql",
                        "method": "POST",
                        "json": {
                            "query": query,
                            "variables": {
                                "filter": {
                                    "status": {"in": ["SUCCESS", "ERROR"]},
                                    "createdAt": {"gte": since.isoformat()},
                                }
                            },
                        },
                        "data_selector": f"{page}.nodes",
                        "response_actions": [refuse_errors],
                    },
                }
            ],
        }
    )


if __name__ == "__main__":
    pipeline = dlt.pipeline(pipeline_name="well", destination=dlt.destinations.filesystem("copied"), dataset_name="well")
    print(pipeline.run(source(os.environ["WELL_URL"], os.environ["WELL_TOKEN"])))
