/** Which requests are made again when their server was lost. */
import { sleep } from '../../../base/clock.ts';
import { mcpLimits } from '../../limits.ts';
import { TargetError } from '../../transports/transport.ts';
import { isObject } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import type { Federation } from '../federation.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** Methods that change nothing, or nothing more, when they are called twice. */
const idempotentMethods: ReadonlySet<string> = new Set([
  'prompts/get',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'tasks/get',
  'tasks/result',
]);

/** Whether a tool, by its own name, says that a second call changes nothing, or nothing more (2025-11-25, tools). */
export function isRepeatable({ lists }: Federation, target: number, tool: string): boolean {
  const item = lists.ofTarget('tools', target)?.items.find(({ key }) => key === tool);
  const definition: unknown = item === undefined ? null : JSON.parse(item.text);
  const hints = isObject(definition) ? definition['annotations'] : null;
  return isObject(hints) && (hints['readOnlyHint'] === true || hints['idempotentHint'] === true);
}

/**
 * What to do about a request that failed: resolves when it may be made again, once the server has had a moment to come
 * back; rejects otherwise, with an error that says whether the server may have acted on it.
 * @param params Text of the params that the server got.
 */
export async function repeatable(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  params: string,
  error: unknown,
): Promise<void> {
  if (!(error instanceof TargetError) || error.lost === 'no' || caller.ended) throw error;
  if (error.lost === 'maybeProcessed' && !isIdempotent(federation, caller.message.method, upstream.index, params)) {
    throw new TargetError(`${error.message}; it may have acted on the request, which was not repeated`, {
      cause: error,
      ended: error.ended,
    });
  }
  await sleep(mcpLimits.repeatPauseMs);
  await upstream.ready();
}

function isIdempotent(federation: Federation, method: string, target: number, params: string): boolean {
  if (method !== 'tools/call') return idempotentMethods.has(method);
  const { name } = JSON.parse(params) as { readonly name?: unknown };
  return typeof name === 'string' && isRepeatable(federation, target, name);
}
