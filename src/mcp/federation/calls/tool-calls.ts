/** Calls of tools by name, and through the two tools of a search. */
import { applyArguments } from '../../virtual/tool-text.ts';
import { CALL_TOOL, FIND_TOOLS } from '../../virtual/search.ts';
import { memberEdits } from '../../wire/2025-11-25/rewrite.ts';
import { locate, type Span } from '../../wire/json-text.ts';
import { codes, isObject, RpcError, type Message } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import { checkAccess, type McpAccess, type McpItem } from '../../access.ts';
import { showsTo } from '../lists/listing.ts';
import { editArguments, namedDestination, resolveNamed, type Destination } from './destinations.ts';
import type { Federation } from '../federation.ts';

/** Where a `tools/call` goes; null when it was answered here. */
export function toolDestination(
  federation: Federation,
  caller: Caller,
  shown: string,
): Destination | Promise<Destination | null> {
  if (federation.settings.search) {
    if (shown === FIND_TOOLS) return findTools(federation, caller);
    if (shown === CALL_TOOL) return innerCall(federation, caller);
  }
  return namedDestination(federation, caller, 'tool', shown);
}

/**
 * Refuses to go on with a request that was sent to its target before, where what it led to is not for its client now.
 * @param access Of the client that goes on with it.
 * @throws RpcError, also as InsufficientScope
 */
export function checkAgain({ settings }: Pick<Federation, 'settings'>, access: McpAccess | null, caller: Caller): void {
  const { message, record } = caller;
  const { resourceType: kind, resourceName: name, target } = record;
  if (kind === '') return;
  const inner = settings.search && message.params?.['name'] === CALL_TOOL;
  const outer = inner ? argumentsOf(caller) : (message.params ?? {});
  const shown = outer[kind === 'resource' ? 'uri' : 'name'];
  checkAccess(access, message.method, { kind, target, name }, String(shown), outer['arguments']);
}

/** The name of the tool that a `tools/call` is of in the end; undefined when it says none. */
export function calledTool({ settings }: Federation, { params }: Message): unknown {
  const name = params?.['name'];
  if (!settings.search || name !== CALL_TOOL) return name;
  const inner = params?.['arguments'];
  return isObject(inner) ? inner['name'] : undefined;
}

async function findTools(federation: Federation, caller: Caller): Promise<null> {
  const { query, limit } = argumentsOf(caller);
  if (typeof query !== 'string') throw new RpcError(codes.invalidParams, `${FIND_TOOLS}: query must be a string`);
  const catalogue = await federation.lists.get('tools');
  const shows = showsTo('tools', caller);
  caller.record.resourceType = 'tool';
  caller.record.resourceName = FIND_TOOLS;
  const mayFind = shows === null ? null : (places: readonly number[]) => shows(itemsAt(catalogue.about, places));
  caller.answer(catalogue.index.find(query, limit, mayFind));
  return null;
}

/** The call that is inside of a call: the same as if it had been made by name. */
async function innerCall(federation: Federation, caller: Caller): Promise<Destination> {
  const { name, arguments: given } = argumentsOf(caller);
  if (given !== undefined && !isObject(given)) {
    throw new RpcError(codes.invalidParams, `${CALL_TOOL}: arguments must be an object`);
  }
  if (typeof name !== 'string') throw new RpcError(codes.invalidParams, `${CALL_TOOL}: name must be a string`);
  const { route, rules } = await resolveNamed(federation, caller, 'tool', name, given);
  const { bodyText } = caller.message;
  const edits = memberEdits(bodyText, ['name'], JSON.stringify(route.name));
  editArguments(
    bodyText,
    (outer) => {
      const spans: Span[] = [];
      if (outer !== '') locate(outer, 0, ['arguments'], spans);
      const span = spans.at(-1);
      const inner = span === undefined ? '{}' : outer.slice(span.start, span.end);
      return rules === null ? inner : applyArguments(inner, rules);
    },
    edits,
  );
  return { target: route.target, edits };
}

function itemsAt(items: readonly McpItem[], places: readonly number[]): readonly McpItem[] {
  return places.flatMap((place) => items[place] ?? []);
}

function argumentsOf(caller: Caller): Readonly<Record<string, unknown>> {
  const given = caller.message.params?.['arguments'];
  return isObject(given) ? given : {};
}
