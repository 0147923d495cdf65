import { buildSchema } from 'graphql';

/** The schema as the server publishes it, which needs no credential. Without it GraphiQL asks by introspection. */
export async function loadSchema() {
  const response = await fetch('/schema.graphql');
  return response.ok ? buildSchema(await response.text()) : undefined;
}
