// The page asks its own server, which passes requests on to the API.
export default { server: { proxy: { "/graphql": process.env.WELL_URL ?? "http://127.0.0.1:8080" } } };
