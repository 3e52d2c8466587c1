import { mcpLimits } from '../limits.ts';
import { TargetError } from '../transports/transport.ts';
import { mapResultUris } from '../wire/2025-11-25/content.ts';
import type { ListName } from '../wire/2025-11-25/lists.ts';
import { memberEdits, progressTokenSpans } from '../wire/2025-11-25/rewrite.ts';
import { splice, type Edit } from '../wire/json-text.ts';
import { codes, isObject, RpcError, type Message } from '../wire/jsonrpc.ts';
import type { Caller } from './caller.ts';
import type { Federation } from './federation.ts';
import { alwaysPrefixes, prefixed, type Route } from './names.ts';
import { exposeUri, ownUri } from './uris.ts';
import { errorMessage, type Upstream } from './upstream.ts';

type Handler = (federation: Federation, caller: Caller) => void | Promise<void>;

/** Every request that a client of a handshake revision may send once initialized. */
const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['ping', (_, caller) => caller.answer('{}')],
  ['tools/list', (federation, caller) => list(federation, caller, 'tools')],
  ['prompts/list', (federation, caller) => list(federation, caller, 'prompts')],
  ['resources/list', (federation, caller) => list(federation, caller, 'resources')],
  ['resources/templates/list', (federation, caller) => list(federation, caller, 'resourceTemplates')],
  ['tools/call', (federation, caller) => byName(federation, caller, 'tools', 'tool')],
  ['prompts/get', (federation, caller) => byName(federation, caller, 'prompts', 'prompt')],
  ['resources/read', byUri],
  ['resources/subscribe', subscribe],
  ['resources/unsubscribe', subscribe],
  ['completion/complete', complete],
  ['logging/setLevel', setLevel],
]);

/**
 * Handles one request: ends with an answer to `caller`. A target that fails is told so that a model can read it.
 */
export async function handleRequest(federation: Federation, caller: Caller): Promise<void> {
  const { method } = caller.message;
  const handler = handlers.get(method);
  if (handler === undefined) {
    caller.refuse(codes.methodNotFound, `Method not found: ${method.slice(0, 100)}`);
    return;
  }
  try {
    const done = handler(federation, caller);
    if (done !== undefined) await done;
  } catch (error) {
    if (error instanceof RpcError) caller.refuse(error.code, error.message);
    else if (error instanceof TargetError) refuseForTarget(caller, error);
    else throw error;
  }
}

function list(federation: Federation, caller: Caller, name: ListName): void | Promise<void> {
  if (caller.message.params?.['cursor'] !== undefined) {
    throw new RpcError(codes.invalidParams, 'Invalid cursor: lists are answered whole');
  }
  const catalogue = federation.lists.get(name);
  if (!(catalogue instanceof Promise)) {
    caller.answer(catalogue.body);
    return;
  }
  return catalogue.then(({ body }) => caller.answer(body));
}

async function byName(
  federation: Federation,
  caller: Caller,
  name: 'tools' | 'prompts',
  kind: 'tool' | 'prompt',
): Promise<void> {
  const shown = requiredString(caller.message, 'name');
  const known = resolve(federation, name, shown);
  const route = known instanceof Promise ? await known : known;
  if (route === null) throw new RpcError(codes.invalidParams, `Unknown ${kind}: ${shown.slice(0, 200)}`);
  caller.record.resourceType = kind;
  caller.record.resourceName = route.name;
  const edits = route.name === shown ? [] : memberEdits(caller.message.bodyText, ['name'], JSON.stringify(route.name));
  await relay(federation, caller, route.target, edits);
}

async function byUri(federation: Federation, caller: Caller): Promise<void> {
  const { target, edits } = resource(federation, caller);
  await relay(federation, caller, target, edits);
}

async function subscribe(federation: Federation, caller: Caller): Promise<void> {
  const { target, uri, edits } = resource(federation, caller);
  const reply = await relay(federation, caller, target, edits);
  if (reply.kind !== 'result') return;
  const on = caller.message.method === 'resources/subscribe';
  const params = on ? JSON.stringify({ uri }) : '';
  federation.upstreams[target]?.restoreWith(`uri ${uri}`, 'resources/subscribe', params);
}

async function complete(federation: Federation, caller: Caller): Promise<void> {
  const ref = caller.message.params?.['ref'];
  if (!isObject(ref)) throw new RpcError(codes.invalidParams, 'Missing param: ref');
  const { target, edits } = await completionTarget(federation, caller, ref);
  const upstream = await federation.reach(target);
  if (upstream.hello?.completions === true) await relay(federation, caller, target, edits);
  else caller.answer('{"completion":{"values":[],"total":0,"hasMore":false}}');
}

async function completionTarget(
  federation: Federation,
  caller: Caller,
  ref: Readonly<Record<string, unknown>>,
): Promise<{ target: number; edits: Edit[] }> {
  const { bodyText } = caller.message;
  const { uri, name } = ref;
  if (ref['type'] === 'ref/resource' && typeof uri === 'string') {
    const own = owner(federation, uri);
    return { target: own.target, edits: memberEdits(bodyText, ['ref', 'uri'], JSON.stringify(own.uri)) };
  }
  if (typeof name !== 'string') throw new RpcError(codes.invalidParams, 'Invalid param: ref');
  const route = await resolve(federation, 'prompts', name);
  if (route === null) throw new RpcError(codes.invalidParams, `Unknown prompt: ${name.slice(0, 200)}`);
  return { target: route.target, edits: memberEdits(bodyText, ['ref', 'name'], JSON.stringify(route.name)) };
}

/** Sets the level of every target that logs; fails only if all do, or if none may be missed. */
async function setLevel(federation: Federation, caller: Caller): Promise<void> {
  const { bodyText } = caller.message;
  requiredString(caller.message, 'level');
  const targets = federation.withCapability((hello) => hello.logging);
  if (targets.length === 0) throw new RpcError(codes.methodNotFound, 'Method not found: logging/setLevel');
  const failures: string[] = [];
  await Promise.all(
    targets.map(async (upstream) => {
      try {
        await upstream.ready();
        const id = upstream.mintId();
        const reply = await upstream.request(id, 'logging/setLevel', bodyText, null, mcpLimits.listTimeoutMs);
        if (reply.kind === 'error') throw new TargetError(errorMessage(reply));
        upstream.restoreWith('level', 'logging/setLevel', bodyText);
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        failures.push(`"${upstream.name}" ${error.message}`);
      }
    }),
  );
  if (failures.length > 0 && (!federation.settings.failOpen || failures.length === targets.length)) {
    throw new RpcError(codes.internalError, `MCP server ${failures.join('; ')}`);
  }
  caller.answer('{}');
}

/** Where a name leads: by what is listed, and without listing where the name itself leaves no doubt. */
function resolve(
  federation: Federation,
  name: 'tools' | 'prompts',
  shown: string,
): Route | null | Promise<Route | null> {
  const { prefixMode, targets } = federation.settings.naming;
  const known = federation.lists.known(name)?.routes.get(shown);
  if (known !== undefined) return known;
  const candidates = targets.flatMap((target, i) => (shown.startsWith(prefixed(target, '')) ? [i] : []));
  const [only] = candidates;
  const mustPrefix = alwaysPrefixes(prefixMode, targets.length);
  if (mustPrefix && candidates.length === 0) return null;
  if (mustPrefix && candidates.length === 1 && only !== undefined) {
    return { target: only, name: shown.slice(prefixed(targets[only] ?? '', '').length) };
  }
  // A single server with bare names knows its own; it may even accept what it does not list.
  if (targets.length === 1 && candidates.length === 0) return { target: 0, name: shown };
  const catalogue = federation.lists.get(name);
  const find = ({ routes }: { routes: ReadonlyMap<string, Route> }): Route | null =>
    routes.get(shown) ?? (targets.length === 1 ? { target: 0, name: shown } : null);
  return catalogue instanceof Promise ? catalogue.then(find) : find(catalogue);
}

function resource(federation: Federation, caller: Caller): { target: number; uri: string; edits: Edit[] } {
  const shown = requiredString(caller.message, 'uri');
  const own = owner(federation, shown);
  caller.record.resourceType = 'resource';
  caller.record.resourceName = own.uri;
  const edits = own.uri === shown ? [] : memberEdits(caller.message.bodyText, ['uri'], JSON.stringify(own.uri));
  return { ...own, edits };
}

function owner(federation: Federation, uri: string): { target: number; uri: string } {
  if (!federation.several) return { target: 0, uri };
  const own = ownUri(federation.settings.naming.targets, uri);
  if (own === null) throw new RpcError(codes.resourceNotFound, `Resource not found: ${uri.slice(0, 500)}`);
  return own;
}

/** Sends the caller's request to a target, with `edits` made to its params, and the answer back. */
async function relay(federation: Federation, caller: Caller, target: number, edits: Edit[]): Promise<Message> {
  const { record } = caller;
  record.target = federation.settings.naming.targets[target] ?? '';
  let upstream: Upstream | Promise<Upstream> = federation.reach(target);
  if (upstream instanceof Promise) upstream = await upstream;
  const { method, bodyText } = caller.message;
  const id = upstream.mintId();
  if (caller.progressToken !== '') {
    for (const span of progressTokenSpans(bodyText)) edits.push({ ...span, text: String(id) });
  }
  caller.serving = { upstream, id };
  const reply = await upstream.request(id, method, splice(bodyText, edits), caller, mcpLimits.callTimeoutMs);
  if (reply.kind === 'error') {
    const code = isObject(reply.outcome) ? reply.outcome['code'] : undefined;
    caller.refuseWith(reply.bodyText, typeof code === 'number' ? code : codes.internalError, errorMessage(reply));
    return reply;
  }
  const { name } = upstream;
  caller.answer(
    federation.several ? mapResultUris(method, reply.bodyText, (uri) => exposeUri(name, uri)) : reply.bodyText,
  );
  return reply;
}

/** A tool that cannot be called answers as a failed tool, so that the model learns of it. */
function refuseForTarget(caller: Caller, error: TargetError): void {
  const text = `MCP server "${caller.record.target}" ${error.message}`;
  if (caller.message.method === 'tools/call') {
    caller.record.errorMessage = text;
    caller.answer(JSON.stringify({ content: [{ type: 'text', text }], isError: true }));
  } else caller.refuse(codes.internalError, text);
}

function requiredString(message: Message, name: string): string {
  const value = message.params?.[name];
  if (typeof value !== 'string') throw new RpcError(codes.invalidParams, `Missing param: ${name} must be a string`);
  return value;
}
