import type { CodegenConfig } from "@graphql-codegen/cli";

const scalars = { ID: "string", DateTime: "string", Date: "string", BigInt: "number", JSON: "unknown" };
const config: CodegenConfig = {
  schema: "schema.graphql",
  documents: "src/**/*.ts",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: { documentMode: "string", useTypeImports: true, strictScalars: true, scalars },
    },
  },
};
export default config;
