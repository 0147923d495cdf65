// How the schema is linted: everything that the schema and Relay sets of @graphql-eslint ask for, but for what is
// said here with its reason.
import { fileURLToPath } from "node:url";
import plugin from "@graphql-eslint/eslint-plugin";

const schema = fileURLToPath(new URL("../../schema.graphql", import.meta.url));

// A rule without options of its own is excused for one place at a time.
const excused = [
  // What the domain calls it; `Document.type` would be another name for the same thing in the filters.
  'Field "documentType" starts with the name of the parent type "Document"',
];

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: { parser: plugin.parser, parserOptions: { graphQLConfig: { schema } } },
    plugins: { "@graphql-eslint": plugin },
    processor: {
      meta: { name: "excused", version: "1" },
      preprocess: (text) => [text],
      postprocess: (messages) => messages.flat().filter(({ message }) => !excused.includes(message)),
    },
    rules: {
      ...plugin.configs["flat/schema-recommended"].rules,
      ...plugin.configs["flat/schema-relay"].rules,
      // Connections offer `nodes` beside `edges`, and payloads, statistics and the viewer hold plain short lists.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
      // Entities have ids. These are parts of an answer and cannot be asked for again by themselves.
      "@graphql-eslint/strict-id-in-types": [
        "error",
        {
          exceptions: {
            types: [
              "ConnectorMappingAuditTrail",
              "ConnectorMappingPaginationSpec",
              // A part of the mapping that took its place: it was deleted, so that no id leads to it.
              "ConnectorMappingPredecessor",
              "PageInfo",
              "UserError",
              "Viewer",
              "WorkspaceConnectorHealth",
            ],
            suffixes: ["Connection", "Edge", "Payload", "Statistics", "Bucket", "Count", "Duration"],
          },
        },
      ],
    },
  },
];
