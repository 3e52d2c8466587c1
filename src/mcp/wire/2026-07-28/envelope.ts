/** What every request of 2026-07-28 says of its client in `params._meta` (basic, per-request metadata). */
import { eachMember, locate, splice, type Span } from '../json-text.ts';
import { codes, isObject, type Params } from '../jsonrpc.ts';
import { isLogLevel } from '../log-levels.ts';
import { modernRevision } from '../versions.ts';
import { ModernError } from './errors.ts';

/** Reserved members of `_meta`. */
export const metaKeys = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;

/** A client as one of its requests describes it. */
export interface Envelope {
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** JSON text, or '' when the client did not say. */
  readonly clientInfo: string;
  /** '' : no log messages for this request. */
  readonly logLevel: string;
}

/** The version that the request claims, or null without a claim. A claim that is no string is ''. */
export function claimedVersion(params: Params | null): string | null {
  const meta = params?.['_meta'];
  if (!isObject(meta)) return null;
  const version = meta[metaKeys.protocolVersion];
  if (version === undefined) return null;
  return typeof version === 'string' ? version : '';
}

/**
 * The envelope of a request.
 * @throws ModernError `-32602` that names what is missing or wrong.
 */
export function readEnvelope(params: Params | null): Envelope {
  const meta = params?.['_meta'];
  if (!isObject(meta)) throw invalidEnvelope('_meta');
  if (typeof meta[metaKeys.protocolVersion] !== 'string') throw invalidEnvelope(metaKeys.protocolVersion);
  const capabilities = meta[metaKeys.clientCapabilities];
  if (!isObject(capabilities)) throw invalidEnvelope(metaKeys.clientCapabilities);
  for (const [name, value] of Object.entries(capabilities)) {
    if (!isObject(value)) throw invalidEnvelope(`${metaKeys.clientCapabilities}.${name.slice(0, 100)}`);
  }
  const clientInfo = meta[metaKeys.clientInfo];
  const logLevel = meta[metaKeys.logLevel];
  const isLevel = typeof logLevel === 'string' && isLogLevel(logLevel);
  if (logLevel !== undefined && !isLevel) throw invalidEnvelope(metaKeys.logLevel);
  return {
    capabilities,
    clientInfo: isObject(clientInfo) ? JSON.stringify(clientInfo) : '',
    logLevel: isLevel ? logLevel : '',
  };
}

function invalidEnvelope(key: string): ModernError {
  return new ModernError(400, codes.invalidParams, `Invalid params: ${key} is missing or not valid`);
}

/** The reserved `_meta` members of a request that we send, as JSON texts by key. */
export function envelopeMembers(clientInfo: string, capabilities: string, logLevel: string): Map<string, string> {
  const members = new Map([
    [metaKeys.protocolVersion as string, JSON.stringify(modernRevision)],
    [metaKeys.clientCapabilities, capabilities],
  ]);
  if (clientInfo !== '') members.set(metaKeys.clientInfo, clientInfo);
  if (logLevel !== '') members.set(metaKeys.logLevel, JSON.stringify(logLevel));
  return members;
}

/** Params (text, '' for none) with these `_meta` members (JSON texts by key) in place of theirs; others stay as sent. */
export function withMeta(params: string, members: ReadonlyMap<string, string>): string {
  const own = [...members].map(([key, value]) => `${JSON.stringify(key)}:${value}`);
  const metas: Span[] = [];
  if (params !== '') locate(params, 0, ['_meta'], metas);
  const last = metas.at(-1);
  if (last === undefined || params.charCodeAt(last.start) !== 123) {
    const meta = `"_meta":{${own.join()}}`;
    if (params === '' || /^\{\s*\}$/.test(params)) return `{${meta}}`;
    return last === undefined
      ? params.replace('{', `{${meta},`)
      : splice(params, [{ ...last, text: `{${own.join()}}` }]);
  }
  const kept: string[] = [];
  eachMember(params, last.start, (key, start, end) => {
    if (!members.has(key)) kept.push(`${JSON.stringify(key)}:${params.slice(start, end)}`);
  });
  return splice(params, [{ ...last, text: `{${[...own, ...kept].join()}}` }]);
}

/** Params without the `_meta` members that belong to one request of 2026-07-28, for a server with sessions. */
export function withoutEnvelope(params: string): string {
  if (!params.includes('io.modelcontextprotocol/')) return params;
  const metas: Span[] = [];
  locate(params, 0, ['_meta'], metas);
  const last = metas.at(-1);
  if (last === undefined || params.charCodeAt(last.start) !== 123) return params;
  const kept: string[] = [];
  eachMember(params, last.start, (key, start, end) => {
    if (!requestKeys.has(key)) kept.push(`${JSON.stringify(key)}:${params.slice(start, end)}`);
  });
  return splice(params, [{ ...last, text: `{${kept.join()}}` }]);
}

const requestKeys: ReadonlySet<string> = new Set([
  metaKeys.protocolVersion,
  metaKeys.clientInfo,
  metaKeys.clientCapabilities,
  metaKeys.logLevel,
]);
