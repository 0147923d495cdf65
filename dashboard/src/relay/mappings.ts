/** A mapping as it was shown. */
export interface SeenMapping {
  readonly id: string;
  readonly workspaceConnectorId: string;
  readonly targetModel: string;
  readonly toolName: string;
  readonly expression: string;
  readonly schemaKeyPaths: readonly string[];
}

/**
 * The mappings seen in a workspace. Regeneration puts a new row in the place of the old one, whose id the API does not
 * know any more; so a page that shows the old one finds the new one by what it saw. Forgotten with the workspace.
 */
export class MappingHistory {
  private readonly seen = new Map<string, SeenMapping>();

  remember(mapping: SeenMapping): void {
    this.seen.set(mapping.id, mapping);
  }

  find(id: string): SeenMapping | undefined {
    return this.seen.get(id);
  }
}
