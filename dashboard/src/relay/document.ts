import type { RequestParameters } from 'relay-runtime';

/** The texts of all operations, while developing: the server knows those of its own build only. */
const texts: Record<string, string> | null = import.meta.env.DEV ? (await import('../../__generated__/documents.json')).default : null;

/** How a request names its operation: by the SHA-256 of a text that the build wrote down. */
export function documentOf({ id }: RequestParameters): { query: string } | { documentId: string } {
  const text = texts?.[id ?? ''];
  return text ? { query: text } : { documentId: `sha256:${id}` };
}
