"""Writes the failed runs as a table, a row each with the name of its connector: what a spreadsheet's web import does."""

import os
import re
import sys

import pandas as pd
import requests

FAILED = "/v1/workspace-connector-sync-logs?filter[status]=error&include=workspace_connector.connector&sort=-created_at&limit=100"


def read(session: requests.Session, url: str, path: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of all pages, and what they include: a column for each attribute and each relationship's id."""
    rows, included = [], []
    while path:
        answer = session.get(url + path, timeout=30)
        if not answer.ok:
            raise SystemExit(" ".join(error["detail"] for error in answer.json()["errors"]))
        page = answer.json()
        rows += page["data"]
        included += page.get("included", [])
        # The link has all parameters in it. It is null on the last page.
        path = page["links"]["next"]
    return flat(rows), flat(included).drop_duplicates("id")


def flat(resources: list[dict]) -> pd.DataFrame:
    """`attributes.status` becomes the column `status`, `relationships.workspace.data.id` becomes `workspace.id`."""
    table = pd.json_normalize(resources)
    table = table.drop(
        columns=[name for name in table if name.startswith("links.") or name.endswith((".type", ".related"))]
    )
    return table.rename(columns=lambda name: re.sub(r"^attributes\.|^relationships\.|\.data(?=\.id$)", "", name))


def main() -> None:
    session = requests.Session()
    session.headers["authorization"] = f"Bearer {os.environ['WELL_TOKEN']}"
    runs, included = read(session, os.environ["WELL_URL"], FAILED)
    included = included.set_index("id")
    runs["connector"] = runs["workspace_connector.id"].map(included["connector.id"]).map(included["name"])
    runs[["id", "created_at", "connector", "duration_ms", "error"]].to_csv(sys.stdout, index=False)


if __name__ == "__main__":
    main()
