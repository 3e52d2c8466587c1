import { classify, hasReadableBody } from '../../../a2a/classify.ts';
import { newA2aRecord } from '../../../a2a/record.ts';
import { refusal } from '../../authorization/agent-permits.ts';
import type { Exchange } from '../../exchange.ts';
import type { PolicyFactory } from '../policy.ts';
import { inputOf } from './input.ts';

const noBytes: Buffer = Buffer.alloc(0);

/**
 * Finds out what a request asks an agent for, before rules are asked about it; nothing of it is changed. Where an
 * expression of the route names `a2a`, a request of which that cannot be told is refused.
 */
export const a2a: PolicyFactory<'a2a'> = {
  kind: 'a2a',
  merge: (levels) => ({ agent: new Set(levels.map(({ agent }) => agent)).size === 1 ? (levels[0]?.agent ?? '') : '' }),
  compile({ agent }, { frontend, expressions }) {
    const maxBytes = frontend.maxBufferSize;
    let named: boolean | null = null;
    const note = (x: Exchange, body: Buffer | null): undefined => {
      const request = classify(inputOf(x, body));
      x.record.a2a = newA2aRecord(agent, request);
      if (request.kind === 'request') return undefined;
      // The expressions of later policies are compiled after this.
      named ??= expressions.reads('a2a');
      if (named) throw refusal(request);
      return undefined;
    };
    return {
      kind: 'a2a',
      request: function readRequest(x) {
        const { bodyLength } = x.request;
        if (bodyLength === 0 || !hasReadableBody(inputOf(x, null))) return note(x, noBytes);
        if (bodyLength > maxBytes) return note(x, null);
        return readBody(x, maxBytes).then((body) => note(x, body));
      },
      response: null,
    };
  },
};

/** The whole body; null where it is larger than `maxBytes`, and then goes on as it comes. */
async function readBody(x: Exchange, maxBytes: number): Promise<Buffer | null> {
  await x.body.prefetch(maxBytes);
  if (!x.body.complete) return null;
  const body = await x.body.whole(Number.MAX_SAFE_INTEGER);
  return body.byteLength <= maxBytes ? body : null;
}
