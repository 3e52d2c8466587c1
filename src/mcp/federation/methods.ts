import { listCoreTasks, relayCoreTask } from '../tasks/core.ts';
import { relayTask } from '../tasks/extension.ts';
import { withTargets } from '../record.ts';
import { TargetError } from '../transports/transport.ts';
import type { ListName } from '../wire/2025-11-25/lists.ts';
import { memberEdits } from '../wire/2025-11-25/rewrite.ts';
import { codes, isObject, RpcError, type Message } from '../wire/jsonrpc.ts';
import { isLogLevel } from '../wire/log-levels.ts';
import { toolDestination } from './calls/tool-calls.ts';
import type { Caller } from './caller.ts';
import { namedDestination, resolve, type Destination } from './calls/destinations.ts';
import type { Federation } from './federation.ts';
import { checkAccess, InsufficientScope } from '../access.ts';
import { listPage } from './lists/listing.ts';
import { promiseLevel, setLevel as tellLevel } from './upstream/log-level.ts';
import { relay } from './calls/relay.ts';
import { readResource, subscribe, templateDestination } from './calls/resource-requests.ts';

type Handler = (federation: Federation, caller: Caller) => void | Promise<void>;

/** Every request that a client of a handshake revision may send once initialized. */
const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ['ping', (_, caller) => caller.answer('{}')],
  ['tools/list', (federation, caller) => list(federation, caller, 'tools')],
  ['prompts/list', (federation, caller) => list(federation, caller, 'prompts')],
  ['resources/list', (federation, caller) => list(federation, caller, 'resources')],
  ['resources/templates/list', (federation, caller) => list(federation, caller, 'resourceTemplates')],
  ['tools/call', callTool],
  ['prompts/get', getPrompt],
  ['resources/read', readResource],
  ['resources/subscribe', subscribe],
  ['resources/unsubscribe', subscribe],
  ['completion/complete', complete],
  ['logging/setLevel', setLevel],
  ['tasks/get', task],
  ['tasks/cancel', task],
  ['tasks/update', taskOfExtension],
  ['tasks/result', relayCoreTask],
  ['tasks/list', listCoreTasks],
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
    if (error instanceof InsufficientScope) {
      caller.record.lackedScopes = error.scopes;
      caller.refuse(error.code, error.message, 403);
    } else if (error instanceof RpcError) {
      if (error.limit !== '') caller.record.limit = error.limit;
      caller.refuse(error.code, error.message);
    } else if (error instanceof TargetError) {
      federation.lists.suspect(federation.settings.naming.targets.indexOf(caller.record.target));
      refuseForTarget(caller, error);
    } else throw error;
  }
}

function list(federation: Federation, caller: Caller, name: ListName): void | Promise<void> {
  const page = listPage(federation, name, caller);
  const answer = (body: Uint8Array): void => {
    const limit = federation.lists.limit(name);
    if (limit !== '') caller.record.limit = limit;
    caller.answer(body, false, federation.lists.hints(name));
  };
  if (page instanceof Promise) return withTargets(caller.record, page).then(answer);
  answer(page);
}

async function callTool(federation: Federation, caller: Caller): Promise<void> {
  const destination = toolDestination(federation, caller, requiredString(caller.message, 'name'));
  const found = destination instanceof Promise ? await destination : destination;
  if (found !== null) await relay(federation, caller, found.target, found.edits);
}

async function getPrompt(federation: Federation, caller: Caller): Promise<void> {
  const shown = requiredString(caller.message, 'name');
  const { target, edits } = await namedDestination(federation, caller, 'prompt', shown);
  await relay(federation, caller, target, edits);
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
): Promise<Destination> {
  const { bodyText } = caller.message;
  const { uri, name } = ref;
  if (ref['type'] === 'ref/resource' && typeof uri === 'string') {
    return templateDestination(federation, caller, uri);
  }
  if (typeof name !== 'string') throw new RpcError(codes.invalidParams, 'Invalid param: ref');
  const resolved = await resolve(federation, caller.record, 'prompts', name);
  if (resolved === null) throw new RpcError(codes.invalidParams, `Unknown prompt: ${name.slice(0, 200)}`);
  const { route } = resolved;
  const owner = federation.settings.naming.targets[route.target] ?? '';
  const item = { kind: 'prompt', target: owner, name: route.name } as const;
  checkAccess(caller.access, caller.message.method, item, name);
  return { target: route.target, edits: memberEdits(bodyText, ['ref', 'name'], JSON.stringify(route.name)) };
}

/** Both kinds of tasks are asked for, and cancelled, by the same names. */
function task(federation: Federation, caller: Caller): Promise<void> {
  return caller.envelope === null ? relayCoreTask(federation, caller) : relayTask(federation, caller);
}

async function taskOfExtension(federation: Federation, caller: Caller): Promise<void> {
  if (caller.envelope === null) throw new RpcError(codes.methodNotFound, `Method not found: ${caller.message.method}`);
  await relayTask(federation, caller);
}

/** Sets the level of every target that logs; fails only if all do, or if none may be missed. */
async function setLevel(federation: Federation, caller: Caller): Promise<void> {
  const { bodyText } = caller.message;
  const level = requiredString(caller.message, 'level');
  // A session that goes on after the loss of its worker has greeted nobody yet.
  if (federation.upstreams.every(({ hello }) => hello === null)) await federation.reachAll();
  const targets = federation.withCapability((hello) => hello.logging);
  // Those that have not answered yet learn of it when they do.
  const absent = federation.upstreams.filter(({ hello }) => hello === null);
  if (targets.length + absent.length === 0) {
    throw new RpcError(codes.methodNotFound, 'Method not found: logging/setLevel');
  }
  // 2025-11-25, logging, error handling.
  if (!isLogLevel(level)) throw new RpcError(codes.invalidParams, `Invalid log level: ${level.slice(0, 100)}`);
  for (const upstream of absent) promiseLevel(upstream, bodyText, level);
  const failures: string[] = [];
  await Promise.all(
    targets.map(async (upstream) => {
      try {
        await upstream.ready();
        await tellLevel(upstream, bodyText, level);
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

/** A tool that cannot be called answers as a failed tool, so that the model learns of it. */
function refuseForTarget(caller: Caller, error: TargetError): void {
  const text = `MCP server "${caller.record.target}" ${error.message}`;
  if (error.limit !== '') caller.record.limit = error.limit;
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
