/** The operation that a link came with, behind `#`. It is taken out of the address, so that a reload keeps what was written. */
export function linkedOperation() {
  const told = new URLSearchParams(location.hash.slice(1));
  const query = told.get('query');
  if (!query) return undefined;
  history.replaceState(null, '', location.pathname + location.search);
  return { query, variables: told.get('variables') ?? '' };
}
