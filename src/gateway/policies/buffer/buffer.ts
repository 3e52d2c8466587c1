import { bodyTooLarge } from '../../../base/errors.ts';
import type { PolicyFactory } from '../policy.ts';

/** Holds whole bodies: a request reaches its backend, or a response its client, only when all of it has come. */
export const buffer: PolicyFactory<'buffer'> = {
  kind: 'buffer',
  merge: (levels) => levels[0] ?? {},
  compile(spec, context) {
    const { request, response } = spec;
    const requestBytes = request?.maxBytes ?? context.frontend.maxBufferSize;
    const hold = response && {
      maxBytes: response.maxBytes ?? context.frontend.maxBufferSize,
      failOpen: response.failureMode === 'failOpen',
    };
    return {
      kind: 'buffer',
      request: function bufferBodies(x) {
        if (hold !== undefined) x.responseBuffer = hold;
        if (request === undefined || x.request.bodyLength === 0) return undefined;
        if (request.failureMode === 'failOpen') return x.body.prefetch(requestBytes);
        if (x.request.bodyLength > requestBytes) throw bodyTooLarge(requestBytes);
        return x.body.whole(requestBytes).then(() => undefined);
      },
      response: null,
    };
  },
};
