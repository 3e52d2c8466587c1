import type { HttpCallReply } from '../../net/http/call.ts';

/** A longer body that nobody wants is not worth its connection. */
const maximumDrained = 65_536;

/** Reads a body that nobody wants, so that its connection can be used again; a long one closes it. */
export async function drain(reply: HttpCallReply): Promise<void> {
  let size = 0;
  for await (const chunk of reply.body) {
    size += chunk.byteLength;
    if (size > maximumDrained) break;
  }
}
