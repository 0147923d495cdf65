/** The browser's storage, without the request headers of the history: they hold credentials. */
export const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) => localStorage.setItem(key, isHistory(key) ? withoutHeaders(value) : value),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => localStorage.clear(),
};

function isHistory(key) {
  return key === 'graphiql:queries' || key === 'graphiql:favorites';
}

function withoutHeaders(json) {
  return JSON.stringify(JSON.parse(json), (name, value) => (name === 'headers' ? undefined : value));
}
