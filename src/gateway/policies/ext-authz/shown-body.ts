import { bodyTooLarge } from '../../../base/errors.ts';
import type { ExtAuthzBodySpec } from '../../../model/policies/ext-authz.ts';
import type { Exchange } from '../../exchange.ts';

/** What a service is shown of a request's body. */
export interface ShownBody {
  readonly bytes: Buffer;
  /** There is more than that. */
  readonly partial: boolean;
}

const noBody: ShownBody = { bytes: Buffer.alloc(0), partial: false };

/** Reads what the service is shown; the rest stays with the client. A longer body is refused unless a part will do. */
export function shownBody(x: Exchange, { maxBytes, allowPartial }: ExtAuthzBodySpec): ShownBody | Promise<ShownBody> {
  const { bodyLength } = x.request;
  if (bodyLength === 0) return noBody;
  if (bodyLength > maxBytes && !allowPartial) throw bodyTooLarge(maxBytes);
  return read(x, maxBytes, allowPartial);
}

async function read(x: Exchange, maxBytes: number, allowPartial: boolean): Promise<ShownBody> {
  await x.body.prefetch(maxBytes);
  const seen = x.body.seen ?? noBody.bytes;
  if (seen.byteLength <= maxBytes && x.body.complete) return { bytes: seen, partial: false };
  if (!allowPartial) throw bodyTooLarge(maxBytes);
  return { bytes: seen.subarray(0, maxBytes), partial: true };
}
