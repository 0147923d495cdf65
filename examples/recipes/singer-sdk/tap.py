"""A Singer tap of the sync logs that ended, each with the name of its connector."""

import requests
from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.authenticators import BearerTokenAuthenticator
from singer_sdk.exceptions import FatalAPIError
from singer_sdk.streams import GraphQLStream


class SyncLogs(GraphQLStream):
    name = "sync_logs"
    primary_keys = ("id",)
    records_jsonpath = "$.data.workspaceConnectorSyncLogs.nodes[*]"
    # Without it there is one page. After the last row `endCursor` leads to an empty page, where it is null.
    next_page_token_jsonpath = "$.data.workspaceConnectorSyncLogs.pageInfo.endCursor"
    # The SDK makes one line of the query, so a comment in it would swallow the rest.
    query = """
        query SyncLogs($after: String, $filter: WorkspaceConnectorSyncLogFilter) {
          workspaceConnectorSyncLogs(
            first: 100, after: $after, filter: $filter, orderBy: [{ field: CREATED_AT, direction: ASC }]
          ) {
            nodes { id status createdAt durationMs recordsSynced workspaceConnector { id connector { name } } }
            pageInfo { endCursor }
          }
        }
    """
    schema = th.PropertiesList(
        th.Property("id", th.StringType, required=True),
        th.Property("status", th.StringType),
        th.Property("createdAt", th.DateTimeType),
        th.Property("durationMs", th.IntegerType),
        th.Property("recordsSynced", th.IntegerType),
        th.Property(
            "workspaceConnector",
            th.ObjectType(
                th.Property("id", th.StringType),
                th.Property("connector", th.ObjectType(th.Property("name", th.StringType))),
            ),
        ),
    ).to_dict()
    # Else a document that is refused has the status 200, and the sync ends well, with nothing.
    http_headers = {"accept": "application/graphql-response+json"}

    @property
    def url_base(self) -> str:
        return f"{self.config['url']}/graphql"

    @property
    def authenticator(self) -> BearerTokenAuthenticator:
        return BearerTokenAuthenticator(token=self.config["token"])

    def get_url_params(self, context, next_page_token):
        """These are the variables of the query."""
        return {"after": next_page_token, "filter": {"status": {"in": ["SUCCESS", "ERROR"]}}}

    def validate_response(self, response: requests.Response) -> None:
        """Ends the sync when a part of the answer was refused, too: the SDK would take what is missing for no rows."""
        super().validate_response(response)
        if errors := response.json().get("errors"):
            raise FatalAPIError(str(errors))


class TapWell(Tap):
    name = "tap-well"
    config_jsonschema = th.PropertiesList(
        th.Property("url", th.StringType, required=True),
        th.Property("token", th.StringType, required=True, secret=True),
    ).to_dict()

    def discover_streams(self) -> list[SyncLogs]:
        return [SyncLogs(self)]


if __name__ == "__main__":
    TapWell.cli()
