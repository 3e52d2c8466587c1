/** The header fields that repeat arguments of a tool: checked on the way in, made anew on the way out. */
import { checkParamFields, paramFields, paramHeaders, type ParamHeader } from '../wire/2026-07-28/param-headers.ts';
import { isObject, type Params } from '../wire/jsonrpc.ts';
import type { Caller } from './caller.ts';
import type { TargetList } from './catalogue.ts';
import type { Federation } from './federation.ts';
import type { Upstream } from './upstream.ts';

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
  if (caller.message.method !== 'tools/call') return none;
  const list = federation.lists.ofTarget('tools', upstream.index);
  if (list !== null) return fieldsFor(list, caller, upstream, params);
  return fieldsOfUnlisted(federation, caller, upstream, params);
}

async function fieldsOfUnlisted(
  federation: Federation,
  caller: Caller,
  upstream: Upstream,
  params: string,
): Promise<readonly string[]> {
  await federation.lists.table('tools');
  return fieldsFor(federation.lists.ofTarget('tools', upstream.index), caller, upstream, params);
}

function fieldsFor(list: TargetList | null, caller: Caller, upstream: Upstream, params: string): readonly string[] {
  const declared = list === null ? null : declaredBy(list);
  const own =
    declared === null || declared.size === 0 ? nothing : (declared.get(caller.record.resourceName) ?? nothing);
  const headers = caller.envelope?.headers ?? null;
  if (headers !== null) checkParamFields(headers, own, caller.message.params);
  if (!upstream.modern) return none;
  const fields = own.length === 0 ? [] : paramFields(own, JSON.parse(params) as Params);
  if (headers !== null) {
    const known = new Set(own.map(({ name }) => `mcp-param-${name.toLowerCase()}`));
    for (const [name, value] of headers) {
      if (name.startsWith('mcp-param-') && !known.has(name)) fields.push(name, value);
    }
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
