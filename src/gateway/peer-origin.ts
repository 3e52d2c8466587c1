import { HeaderList } from '../net/http/headers.ts';
import type { ConnectionInfo } from '../net/http/message.ts';
import { cameIn, proxyAttributes, type ProxyAttributes } from './attributes/proxy-attributes.ts';
import type { Exchange } from './exchange.ts';

/** Where a request came in, and what policies found out there, as one worker tells another. JSON. */
export interface Origin {
  readonly connection: Omit<ConnectionInfo, 'connectHeaders'>;
  /** Names and values of the fields of a tunnel's CONNECT request; null: it came through none. */
  readonly connectHeaders: readonly string[] | null;
  readonly scheme: 'http' | 'https';
  readonly proxy: ProxyAttributes;
  readonly facts: readonly (readonly [root: string, value: unknown])[];
}

/** The roots of what services and expressions found out. */
const roots = ['extauthz', 'extproc', 'metadata'] as const;

/** What of an exchange only the worker knows that it came to. */
export function originOf(x: Exchange): Origin {
  const { connectHeaders, ...connection } = x.connection;
  return {
    connection,
    connectHeaders: connectHeaders === undefined ? null : [...connectHeaders].flat(),
    scheme: x.request.scheme,
    proxy: proxyAttributes(x),
    facts: roots.flatMap((root) => {
      const value = x.fact(root);
      return value === undefined ? [] : [[root, value] as const];
    }),
  };
}

/** Makes known here what {@link originOf} gave. */
export function takeOrigin(x: Exchange, { connection, connectHeaders, scheme, proxy, facts }: Origin): void {
  x.connection =
    connectHeaders === null ? connection : { ...connection, connectHeaders: new HeaderList([...connectHeaders]) };
  x.request.scheme = scheme;
  cameIn.set(x, proxy);
  for (const [root, value] of facts) x.setFact(root, value);
}
