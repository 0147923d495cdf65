import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  // A file here; `${WELL_URL}/schema.graphql` of a running server is the same text.
  schema: "../../schema.graphql",
  documents: "src/**/*.ts",
  generates: {
    "src/gql/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        // How each scalar travels in JSON. `strictScalars` refuses a scalar that is missing here, instead of `any`.
        strictScalars: true,
        scalars: {
          ID: "string",
          DateTime: "string",
          Date: "string",
          BigInt: { input: "number | string", output: "number" },
          JSON: "../scalars.js#Json",
        },
        documentMode: "string",
        enumType: "string-literal",
        useTypeImports: true,
        importExtension: ".js",
      },
    },
  },
};
export default config;
