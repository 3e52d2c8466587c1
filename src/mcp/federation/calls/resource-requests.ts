/** Requests about a resource: reading, subscribing, and completing the variables of a template. */
import { mcpLimits } from '../../limits.ts';
import { TargetError } from '../../transports/transport.ts';
import { memberEdits } from '../../wire/2025-11-25/rewrite.ts';
import { codes, RpcError, type Message } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import type { Destination } from './destinations.ts';
import type { Federation } from '../federation.ts';
import { relay } from './relay.ts';
import { checkAccess } from '../../access.ts';
import { owners, type Owned } from '../names/resource-owner.ts';

/** Reads it from its owner; where nobody says that it is theirs, from the first who knows it. */
export async function readResource(federation: Federation, caller: Caller): Promise<void> {
  const found = await owners(federation, uriOf(caller.message));
  for (const [i, own] of found.entries()) {
    const isLast = i === found.length - 1;
    try {
      const { target, edits } = destination(federation, caller, own);
      const reply = await relay(federation, caller, target, edits, isLast);
      if (reply.kind === 'result') return;
    } catch (error) {
      if (isLast || !(error instanceof TargetError)) throw error;
    }
  }
}

/**
 * `resources/subscribe` and `resources/unsubscribe`, which exist where the owner has them, and for clients that can be
 * told of updates.
 */
export async function subscribe(federation: Federation, caller: Caller): Promise<void> {
  const found = await owners(federation, uriOf(caller.message));
  const own = preferred(found, ({ target }) => federation.upstreams[target]?.hello?.subscribe === true);
  const { target, edits } = destination(federation, caller, own);
  const { method } = caller.message;
  const on = method === 'resources/subscribe';
  caller.record.target = federation.settings.naming.targets[target] ?? '';
  const upstream = await federation.reach(target);
  if (!federation.settings.stateful || upstream.hello?.subscribe !== true) {
    throw new RpcError(codes.methodNotFound, `Method not found: ${method}`);
  }
  const heard = federation.upstreams.reduce((sum, { restoring }) => sum + restoring.heard, 0);
  if (on && heard >= mcpLimits.maxSubscriptions && !upstream.restoring.has(`resource ${own.uri}`)) {
    throw new RpcError(codes.internalError, 'the session has too many subscriptions', 'subscriptions');
  }
  if (upstream.modern) {
    upstream.hear('resource', own.uri, on);
    caller.answer('{}');
    return;
  }
  const reply = await relay(federation, caller, target, edits);
  if (reply.kind !== 'result') return;
  const params = on ? JSON.stringify({ uri: own.uri }) : '';
  federation.upstreams[target]?.restoreWith(`resource ${own.uri}`, 'resources/subscribe', params);
}

/** Where the completion of a template's variable goes. */
export async function templateDestination(federation: Federation, caller: Caller, shown: string): Promise<Destination> {
  const found = await owners(federation, shown);
  const own = preferred(found, ({ target }) => federation.upstreams[target]?.hello?.completions === true);
  checkOwned(federation, caller, own, shown);
  const edits = memberEdits(caller.message.bodyText, ['ref', 'uri'], JSON.stringify(own.uri));
  return { target: own.target, edits };
}

function preferred(found: readonly Owned[], isPreferred: (own: Owned) => boolean): Owned {
  const own = found.find(isPreferred) ?? found[0];
  if (own === undefined) throw new RpcError(codes.resourceNotFound, 'Resource not found');
  return own;
}

function destination(federation: Federation, caller: Caller, own: Owned): Destination {
  checkOwned(federation, caller, own, uriOf(caller.message));
  caller.record.resourceType = 'resource';
  caller.record.resourceName = own.uri;
  const { bodyText } = caller.message;
  const isSame = own.uri === uriOf(caller.message);
  return { target: own.target, edits: isSame ? [] : memberEdits(bodyText, ['uri'], JSON.stringify(own.uri)) };
}

function checkOwned({ settings }: Federation, caller: Caller, own: Owned, shown: string): void {
  const item = { kind: 'resource', target: settings.naming.targets[own.target] ?? '', name: own.uri } as const;
  checkAccess(caller.access, caller.message.method, item, shown);
}

function uriOf({ params }: Message): string {
  const uri = params?.['uri'];
  if (typeof uri !== 'string') throw new RpcError(codes.invalidParams, 'Missing param: uri must be a string');
  return uri;
}
