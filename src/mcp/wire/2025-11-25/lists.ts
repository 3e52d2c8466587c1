/** The four lists that a server may have. */
export type ListName = 'tools' | 'prompts' | 'resources' | 'resourceTemplates';

/** How a list is asked for and read. */
export interface ListKind {
  readonly name: ListName;
  readonly method: string;
  /** The server capability without which it is not asked. */
  readonly capability: 'tools' | 'prompts' | 'resources';
  /** The field that identifies an item, and what it holds. */
  readonly field: 'name' | 'uri' | 'uriTemplate';
}

/** All lists by the name of their member in the result. */
export const listKinds: Readonly<Record<ListName, ListKind>> = {
  tools: { name: 'tools', method: 'tools/list', capability: 'tools', field: 'name' },
  prompts: { name: 'prompts', method: 'prompts/list', capability: 'prompts', field: 'name' },
  resources: { name: 'resources', method: 'resources/list', capability: 'resources', field: 'uri' },
  resourceTemplates: {
    name: 'resourceTemplates',
    method: 'resources/templates/list',
    capability: 'resources',
    field: 'uriTemplate',
  },
};

/** The lists that a `list_changed` notification makes stale. */
export const changedLists: ReadonlyMap<string, readonly ListName[]> = new Map([
  ['notifications/tools/list_changed', ['tools']],
  ['notifications/prompts/list_changed', ['prompts']],
  ['notifications/resources/list_changed', ['resources', 'resourceTemplates']],
]);
