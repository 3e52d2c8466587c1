import { isObject } from '../mcp/wire/jsonrpc.ts';
import type { A2aRequest } from './classify.ts';

type Json = Readonly<Record<string, unknown>>;

/** How clients reach an agent through the gateway. */
export interface PublicAddress {
  readonly scheme: 'http' | 'https';
  /** Host, with its port where it is not the scheme's. */
  readonly authority: string;
  /** What the path of a request begins with for clients, and in its place for the agent: `/agents/a` and ``. */
  readonly base: string;
  readonly agentBase: string;
}

/** True for a request whose answer is a card; those of gRPC are not read. */
export function isCardRequest({ method, binding }: A2aRequest): boolean {
  return binding !== 'GRPC' && (method === 'GetAgentCard' || method === 'GetExtendedAgentCard');
}

/** What is different at the beginning of two paths whose last segments are the same. */
export function differingBases(path: string, agentPath: string): Pick<PublicAddress, 'base' | 'agentBase'> {
  const a = path.split('/');
  const b = agentPath.split('/');
  let same = 0;
  while (same < a.length - 1 && same < b.length - 1 && a.at(-1 - same) === b.at(-1 - same)) same++;
  return { base: a.slice(0, a.length - same).join('/'), agentBase: b.slice(0, b.length - same).join('/') };
}

/**
 * A card with the addresses of its interfaces replaced by those of the gateway, in the members of both versions: some
 * cards have both. Its signatures, which no longer fit, are left out. Null where nothing has to be replaced.
 */
export function publicCard(card: Json, to: PublicAddress): Json | null {
  const changed: Record<string, unknown> = { ...card };
  let changes = false;
  const put = (name: string, value: unknown): void => {
    if (value === card[name]) return;
    changed[name] = value;
    changes = true;
  };
  put('url', publicUrl(card['url'], card['preferredTransport'], to));
  put('additionalInterfaces', interfaces(card['additionalInterfaces'], 'transport', to));
  put('supportedInterfaces', interfaces(card['supportedInterfaces'], 'protocolBinding', to));
  if (!changes) return null;
  delete changed['signatures'];
  return changed;
}

/** The list itself where nothing in it changes. */
function interfaces(list: unknown, binding: string, to: PublicAddress): unknown {
  if (!Array.isArray(list)) return list;
  const entries: readonly unknown[] = list;
  const changed = entries.map((entry) => {
    if (!isObject(entry)) return entry;
    const url = publicUrl(entry['url'], entry[binding], to);
    return url === entry['url'] ? entry : { ...entry, url };
  });
  return changed.some((entry, i) => entry !== entries[i]) ? changed : list;
}

const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/** An address of an interface as clients reach it; what is no address of the web stays. */
function publicUrl(address: unknown, binding: unknown, to: PublicAddress): unknown {
  if (typeof address !== 'string') return address;
  if (binding === 'GRPC' && !/^https?:\/\//i.test(address)) return dialAddress(to);
  const url = hasScheme.test(address) ? URL.parse(address) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return address;
  const origin = `${to.scheme}://${to.authority}`;
  if (url.origin === URL.parse(origin)?.origin) return address;
  const bare = url.pathname === '/' && !/^[^/]*\/\/[^/]*\//.test(address);
  const path = underBase(bare ? '' : url.pathname, to);
  return `${origin}${path}${url.search}${url.hash}`;
}

/** What clients of gRPC dial: a host with its port. */
function dialAddress({ scheme, authority }: PublicAddress): string {
  return /:\d+$/.test(authority) ? authority : `${authority}:${scheme === 'https' ? 443 : 80}`;
}

function underBase(path: string, { base, agentBase }: PublicAddress): string {
  const below = path === agentBase || path.startsWith(`${agentBase}/`);
  return base + (below ? path.slice(agentBase.length) : path);
}
