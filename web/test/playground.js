/** GraphiQL in a page of the browser, by what a user does there. */
export class Playground {
  constructor(page) {
    this.page = page;
    this.roles = page.getByLabel('Ask as');
    this.tabs = page.locator('.graphiql-tab-button');
    this.activeTab = page.locator('.graphiql-tab-active .graphiql-tab-button');
    this.panel = page.locator('.graphiql-plugin');
  }

  /** Opens the page and waits until it can be used. */
  static async open(context, path = '/graphiql') {
    const playground = new Playground(await context.newPage());
    await playground.page.goto(path);
    await playground.ready();
    return playground;
  }

  /** Waits until GraphiQL has kept its tabs, which it does a moment after they are opened. */
  async keptTabs() {
    await this.page.waitForFunction(() => localStorage.getItem('graphiql:tabState') !== null);
  }

  async openTab(name) {
    await this.tabs.filter({ hasText: name }).click();
    await this.#noticed();
  }

  /** Opens an operation of the history, whose panel is shown. */
  async openHistory(name) {
    await this.panel.getByText(name).click();
    await this.#noticed();
  }

  async reload() {
    await this.page.reload();
    await this.ready();
  }

  async ready() {
    await this.page.locator('.graphiql-query-editor .view-line').first().waitFor();
    await this.page.locator('.graphiql-response .monaco-editor').waitFor();
  }

  /** Writes an operation into the query editor. */
  async write(operation) {
    await this.#replace('.graphiql-query-editor', operation);
    await this.#noticed();
  }

  /** Writes into the headers editor. */
  async setHeaders(headers) {
    await this.page.getByRole('button', { name: 'Headers', exact: true }).click();
    await this.#replace('[aria-label="Headers"] .graphiql-editor:not(.hidden)', JSON.stringify(headers));
  }

  /** Runs the operation of the open tab, and returns what the response editor then holds. */
  async run() {
    await this.#execute();
    return this.#answer(15_000);
  }

  /** Runs the subscription of the open tab, and makes changes until it tells of one; then stops it. */
  async follow(change) {
    await this.#execute();
    let told;
    // Nothing says when the server begins to follow, so that the first changes may come too early.
    for (const deadline = Date.now() + 15_000; told === undefined && Date.now() < deadline; ) {
      await change();
      told = await this.#answer(500).catch(() => undefined);
    }
    await this.page.getByRole('button', { name: /Stop query/ }).click();
    return told;
  }

  #execute() {
    return this.page.getByRole('button', { name: /Execute query/ }).click();
  }

  /** What the response editor holds, once it holds something. */
  async #answer(timeout) {
    const text = await this.page.waitForFunction(
      () => {
        const models = globalThis.__MONACO.editor.getModels();
        return models.find(({ uri }) => uri.path.endsWith('response.json')).getValue();
      },
      undefined,
      { timeout },
    );
    return JSON.parse(await text.jsonValue());
  }

  /** What the query editor marks as wrong, once it marks something. */
  async problems() {
    const markers = () => globalThis.__MONACO.editor.getModelMarkers({}).map(({ message }) => message);
    await this.page.waitForFunction(() => globalThis.__MONACO.editor.getModelMarkers({}).length > 0);
    return this.page.evaluate(markers);
  }

  /** Waits until GraphiQL has read what stands in the query editor, which it does a moment after each change. */
  async #noticed() {
    await this.page.waitForFunction(() => {
      const models = globalThis.__MONACO.editor.getModels();
      const query = models.find(({ uri }) => uri.path.endsWith('operation.graphql')).getValue();
      return localStorage.getItem('graphiql:query') === query;
    });
  }

  async #replace(editor, text) {
    await this.page.locator(`${editor} .view-lines`).click();
    await this.page.keyboard.press('ControlOrMeta+A');
    // Over a selection the editor would put brackets around it.
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(text);
  }
}
