import { isJsonRecord } from '../../json/parse.ts';
import type { AnswerContext } from '../../pivot/format.ts';
import { toolLists } from './tool-lists.ts';

/** A tool as its client declared it. */
export interface ClientTool {
  readonly name: string;
  /** The namespace that it stands in; null: none. */
  readonly namespace: string | null;
  readonly freeform: boolean;
}

/** The one name of a tool for APIs without namespaces. */
export function flatName(name: string, namespace: string | null): string {
  if (namespace === null || namespace === '') return name;
  return namespace.endsWith('__') ? `${namespace}${name}` : `${namespace}__${name}`;
}

/** Finds a client's own tool by its flat name. */
export class ClientTools {
  readonly #tools = new Map<string, ClientTool>();

  constructor({ body, request }: AnswerContext) {
    for (const { name, freeform } of request.tools) {
      this.#tools.set(name, { name, namespace: null, freeform: freeform !== undefined });
    }
    for (const { tools } of toolLists(body)) for (const tool of tools) this.#addNamespace(tool);
  }

  /** The tool; one that the client did not declare is a function of that name. */
  find(name: string): ClientTool {
    return this.#tools.get(name) ?? { name, namespace: null, freeform: false };
  }

  #addNamespace(value: unknown): void {
    if (!isJsonRecord(value) || value['type'] !== 'namespace' || !Array.isArray(value['tools'])) return;
    const namespace = String(value['name']);
    for (const tool of value['tools']) {
      if (!isJsonRecord(tool) || typeof tool['name'] !== 'string') continue;
      const flat = flatName(tool['name'], namespace);
      this.#tools.set(flat, { name: tool['name'], namespace, freeform: tool['type'] === 'custom' });
    }
  }
}
