const files = import.meta.glob('./examples/*.graphql', { query: '?raw', import: 'default', eager: true });

/** What the tabs show at first, in the order of the file names. */
export const examples = Object.keys(files).sort().map((name) => files[name]);
