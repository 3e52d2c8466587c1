import { RequestHead } from '../../net/http/message.ts';
import type { Exchange } from '../exchange.ts';
import type { Upstream } from './upstream.ts';

/**
 * The head to send: a copy of the client's with X-Forwarded-* added, the authority chosen and the upstream's own steps
 * applied. The copy keeps the upstream's credentials out of logs and of later tries.
 */
export function outboundHead(x: Exchange, upstream: Upstream): RequestHead {
  const from = x.request;
  const head = new RequestHead(
    from.method,
    from.scheme,
    chooseAuthority(x, upstream),
    from.path,
    from.query,
    from.version,
    from.headers.clone(),
    from.bodyLength,
    false,
    isTunnelUpgrade(from.upgrade) ? '' : from.upgrade,
    from.acceptsTrailers,
  );
  if (!x.fromPeer) forwarded(x, head);
  for (const step of upstream.requestSteps) step(head, x, x);
  return head;
}

function chooseAuthority(x: Exchange, upstream: Upstream): string {
  const rewrite = x.authorityRewrite;
  if (rewrite === null || rewrite === 'auto') return upstream.namesHost ? upstream.authority : x.request.authority;
  return x.request.authority;
}

/** Adds the client to X-Forwarded-For and says how it reached us. */
function forwarded(x: Exchange, head: RequestHead): void {
  const { headers } = head;
  const client = x.connection.remoteAddress;
  const before = headers.combined('x-forwarded-for');
  if (before === undefined) headers.append('x-forwarded-for', client);
  else headers.set('x-forwarded-for', `${before}, ${client}`);
  if (!headers.has('x-forwarded-proto')) headers.append('x-forwarded-proto', head.scheme);
  const { authority } = x.record;
  if (authority !== '' && !headers.has('x-forwarded-host')) headers.append('x-forwarded-host', authority);
}

const tunnelUpgrade = /(?:^|[\s,])(?:h2|http\/|tls\/)/;

/**
 * True for an upgrade to another HTTP or to TLS. It is for this hop alone, and ignoring it is always right (RFC 9110
 * §7.8); passed on, it would give the client a connection whose requests no route ever sees.
 */
function isTunnelUpgrade(protocols: string): boolean {
  return protocols !== '' && tunnelUpgrade.test(protocols);
}
