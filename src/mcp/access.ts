import { codes, RpcError } from './wire/jsonrpc.ts';

/** What a request is about: a tool, a prompt, or a resource or template. */
export interface McpItem {
  readonly kind: 'tool' | 'prompt' | 'resource';
  /** Name of its target. */
  readonly target: string;
  /** Its name, or URI, as its target knows it. */
  readonly name: string;
}

/** What one client may see and use. */
export interface McpAccess {
  /**
   * @param method Of the request: that of a list asks whether the item is shown in it.
   * @param given What a tool is called with; absent in lists.
   */
  allows(method: string, item: McpItem, given?: unknown): boolean;
}

/** Refuses what a client may not use with the words for what there is not. @throws RpcError */
export function checkAccess(
  access: McpAccess | null,
  method: string,
  item: McpItem,
  shown: string,
  given?: unknown,
): void {
  if (access === null || access.allows(method, item, given)) return;
  if (item.kind === 'resource') {
    throw new RpcError(codes.resourceNotFound, `Resource not found: ${shown.slice(0, 500)}`);
  }
  throw new RpcError(codes.invalidParams, `Unknown ${item.kind}: ${shown.slice(0, 200)}`);
}
