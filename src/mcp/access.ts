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
  /** True: all items are there for it, and nobody needs to ask. */
  readonly showsAll?: true;
  /**
   * Whether it may use an item.
   *
   * @param given What a tool is called with.
   */
  allows(method: string, item: McpItem, given?: unknown): boolean;
  /** Which items of a list it may see, in their order. */
  shows(method: string, items: readonly McpItem[]): readonly boolean[];
  /** The scopes that using an item takes, where the client's token has not all of them, else null. Absent: none takes any. */
  lacks?(item: McpItem): readonly string[] | null;
}

/** The client's token is not enough for what it asks for, but another one of the same user may be. */
export class InsufficientScope extends RpcError {
  readonly scopes: readonly string[];

  constructor(scopes: readonly string[]) {
    super(codes.invalidRequest, `Forbidden: this takes a token with the scope ${scopes.join(' ')}`);
    this.name = 'InsufficientScope';
    this.scopes = scopes;
  }
}

/**
 * Refuses what a client may not use, with the words for what there is not, and what its token is not enough for.
 * @throws RpcError, also as {@link InsufficientScope}
 */
export function checkAccess(
  access: McpAccess | null,
  method: string,
  item: McpItem,
  shown: string,
  given?: unknown,
): void {
  if (access === null) return;
  if (!access.allows(method, item, given)) throw notThere(item, shown);
  const scopes = access.lacks?.(item) ?? null;
  if (scopes !== null) throw new InsufficientScope(scopes);
}

function notThere({ kind }: McpItem, shown: string): RpcError {
  return kind === 'resource'
    ? new RpcError(codes.resourceNotFound, `Resource not found: ${shown.slice(0, 500)}`)
    : new RpcError(codes.invalidParams, `Unknown ${kind}: ${shown.slice(0, 200)}`);
}
