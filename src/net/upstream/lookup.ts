import dns from 'node:dns';
import { isIP } from 'node:net';
import type { DnsFamily } from './endpoint-spec.ts';

/** What a name resolves to; at least one address. */
export interface LookupAnswer {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

/**
 * Resolves a name or rejects. `onTtl` may be called later with the answer's real lifetime, where that comes from a
 * slower source than the addresses.
 */
export type Lookup = (host: string, family: DnsFamily, onTtl: (ttlMs: number) => void) => Promise<LookupAnswer>;

/** Lifetime when the DNS does not say (hosts file, search domains, multicast DNS). */
const DEFAULT_TTL_MS = 30_000;
const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 300_000;

/**
 * Addresses from the system's resolver, which knows the hosts file, search domains and `localhost`, but not how long its
 * answers live. The DNS is asked beside it for the lifetime, which counts when it names the same addresses.
 */
export const systemLookup: Lookup = async (host, family, onTtl) => {
  const found = await dns.promises.lookup(host, { all: true, family: askFor(family), order: 'verbatim' });
  const addresses = inOrder([...new Set(found.map((item) => item.address))], family);
  if (host.includes('.')) {
    ttlOf(host, addresses).then(
      (ttlMs) => {
        if (ttlMs !== null) onTtl(ttlMs);
      },
      // Without a DNS server the default lifetime stays.
      () => undefined,
    );
  }
  return { addresses, ttlMs: DEFAULT_TTL_MS };
};

/** Sorts and filters addresses as the setting says; `all` and `auto` keep the system's order (RFC 6724). */
export function inOrder(addresses: readonly string[], family: DnsFamily): readonly string[] {
  switch (family) {
    case 'v4-only':
      return addresses.filter((item) => isIP(item) === 4);
    case 'v6-only':
      return addresses.filter((item) => isIP(item) === 6);
    case 'v4-preferred': {
      const four = addresses.filter((item) => isIP(item) === 4);
      return four.length > 0 ? four : addresses;
    }
    default:
      return addresses;
  }
}

function askFor(family: DnsFamily): 0 | 4 | 6 {
  if (family === 'v4-only') return 4;
  return family === 'v6-only' ? 6 : 0;
}

async function ttlOf(host: string, addresses: readonly string[]): Promise<number | null> {
  const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 1 });
  const four = addresses.some((item) => isIP(item) === 4);
  const records = await (four ? resolver.resolve4(host, { ttl: true }) : resolver.resolve6(host, { ttl: true }));
  const same = records.filter((record) => addresses.includes(record.address));
  if (same.length === 0) return null;
  const seconds = Math.min(...same.map((record) => record.ttl));
  return Math.min(MAX_TTL_MS, Math.max(MIN_TTL_MS, seconds * 1000));
}
