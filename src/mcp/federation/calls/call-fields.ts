/** The header fields that repeat arguments of a tool: checked on the way in, made anew on the way out. */
import { checkParamFields, paramFields, paramHeaders, type ParamHeader } from '../../wire/2026-07-28/param-headers.ts';
import { isObject } from '../../wire/jsonrpc.ts';
import { CALL_TOOL } from '../../virtual/search.ts';
import type { Caller } from '../caller.ts';
import type { TargetList } from '../lists/catalogue.ts';
import type { Federation } from '../federation.ts';
import { routeKey } from '../lists/merge.ts';
import type { Upstream } from '../upstream/upstream.ts';

type Declared = ReadonlyMap<string, readonly ParamHeader[]>;

/** What the tools of a list declare; made once for each list. */
const declarations = new WeakMap<TargetList, Declared>();
const none: readonly string[] = [];
const nothing: readonly ParamHeader[] = [];

/**
 * The fields to send with the caller's request, whose params are now `params`.
 * @throws ModernError `-32020` where the client's own fields and arguments disagree.
 */
export function callFields(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  params: string,
): readonly string[] | Promise<readonly string[]> {
  if (caller.message.method !== 'tools/call') return unknownFields(caller, nothing);
  const list = federation.lists.ofTarget('tools', upstream.index);
  if (list !== null) return fieldsFor(federation, list, caller, upstream, params);
  return fieldsOfUnlisted(federation, caller, upstream, params);
}

async function fieldsOfUnlisted(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  params: string,
): Promise<readonly string[]> {
  await federation.lists.some('tools', [upstream.index]);
  return fieldsFor(federation, federation.lists.ofTarget('tools', upstream.index), caller, upstream, params);
}

function fieldsFor(
  federation: Federation,
  list: TargetList | null,
  caller: Caller,
  upstream: Upstream,
  params: string,
): readonly string[] {
  const declared = list === null ? null : declaredBy(list);
  const own =
    declared === null || declared.size === 0 ? nothing : (declared.get(caller.record.resourceName) ?? nothing);
  if (own.length === 0) return unknownFields(caller, nothing);
  if (caller.envelope !== null) {
    const shown = shownToClient(federation, caller, upstream, own);
    if (shown.length > 0) checkParamFields(caller.headers, shown, caller.message.bodyText);
  }
  const others = unknownFields(caller, own);
  return upstream.modern ? [...paramFields(own, params), ...others] : others;
}

/** What the client knows to be repeated in fields: nothing of a tool inside of `call_tool`, no argument that is hidden. */
function shownToClient(
  { lists, settings }: Federation,
  { message, record }: Caller,
  { index }: Upstream,
  own: readonly ParamHeader[],
): readonly ParamHeader[] {
  if (settings.search && message.params?.['name'] === CALL_TOOL) return nothing;
  const rules = lists.known('tools')?.merged.rules.get(routeKey({ target: index, name: record.resourceName }));
  if (rules === undefined) return own;
  return own.filter(({ path: [first = ''] }) => !rules.fixed.has(first) && !rules.hidden.has(first));
}

/** The fields of a client without a session that are about no argument that we know of: they pass (transports). */
function unknownFields(caller: Caller, own: readonly ParamHeader[]): readonly string[] {
  if (caller.envelope === null) return none;
  const fields: string[] = [];
  for (const [name, value] of caller.headers) {
    if (!name.startsWith('mcp-param-') || own.some((one) => name === `mcp-param-${one.name.toLowerCase()}`)) continue;
    fields.push(name, value);
  }
  return fields;
}

function declaredBy(list: TargetList): Declared {
  let declared = declarations.get(list);
  if (declared === undefined) {
    const found = new Map<string, readonly ParamHeader[]>();
    for (const { key, text } of list.items) {
      if (!text.includes('x-mcp-header')) continue;
      const headers = paramHeaders((JSON.parse(text) as { readonly inputSchema?: unknown }).inputSchema);
      if (typeof headers !== 'string' && headers.length > 0) found.set(key, headers);
    }
    declared = found;
    declarations.set(list, declared);
  }
  return declared;
}

/** Why a tool of a server without sessions must not be used over HTTP, or null (2026-07-28, transports). */
export function toolFault(text: string): string | null {
  if (!text.includes('x-mcp-header')) return null;
  const tool = JSON.parse(text) as unknown;
  const headers = isObject(tool) ? paramHeaders(tool['inputSchema']) : nothing;
  return typeof headers === 'string' ? headers : null;
}
