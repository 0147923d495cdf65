/** Keeps Chromium from asking anything but this machine. */
export const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Whatever gets past the interception below finds no host but this machine.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** A browser profile without a past. Whatever goes wrong in it, and every request to another host, is a complaint. */
export async function openProfile(browser, url, viewport = { width: 1400, height: 850 }) {
  const context = await browser.newContext({ baseURL: url, viewport });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  const elsewhere = (address) => address.host !== new URL(url).host;
  await context.route(elsewhere, (route) => {
    complaints.push(`request to ${route.request().url()}`);
    return route.abort();
  });
  await context.routeWebSocket(elsewhere, (socket) => {
    complaints.push(`socket to ${socket.url()}`);
    return socket.close();
  });
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(`exception: ${error.error()}`));
  return { context, complaints };
}
