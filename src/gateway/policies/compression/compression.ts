import type { CompressionSpec, ContentCoding } from '../../../model/policies/compression.ts';
import { chooseEncoding } from '../../../net/http/accept-encoding.ts';
import { dropByteFields, weakenEntityTag } from '../../../net/http/entity-tag.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../net/http/message.ts';
import { addVary } from '../../../net/http/vary.ts';
import type { PolicyFactory, Verdict } from '../policy.ts';
import type { Out, ResponseStage } from '../stage.ts';
import { compileEligible } from './eligible.ts';
import { Encoder } from './encoder.ts';

/** Compresses responses as their clients like it best; off the worker's thread, as fast as the client reads. */
export const compression: PolicyFactory<'compression'> = {
  kind: 'compression',
  compile(spec: CompressionSpec) {
    const isEligible = compileEligible(spec);
    const choose = remembered((accepted) => chooseEncoding(accepted, spec.encodings));
    return {
      kind: 'compression',
      request: null,
      response: function addVaryField(_x, head) {
        if (isEligible(head)) addVary(head.headers, 'Accept-Encoding');
      },
      outer: true,
      stage: function compress({ request }) {
        const accepted = request.headers.combined('accept-encoding');
        const coding = accepted === undefined ? null : choose(accepted);
        return coding === null ? null : new Compressor(coding, isEligible);
      },
    };
  },
};

/** Browsers send a handful of values; what else comes is not kept. */
function remembered(choose: (accepted: string) => ContentCoding | null): typeof choose {
  const known = new Map<string, ContentCoding | null>();
  return (accepted) => {
    const seen = known.get(accepted);
    if (seen !== undefined) return seen;
    const chosen = choose(accepted);
    if (known.size < 64 && accepted.length < 256) known.set(accepted, chosen);
    return chosen;
  };
}

class Compressor implements ResponseStage {
  readonly #coding: ContentCoding;
  readonly #isEligible: (head: ResponseHead) => boolean;
  /** Null: the body passes as it comes. */
  #encoder: Encoder | null;
  /** Nobody knows how long the body is, so someone may be waiting for each of its parts. */
  #flushes: boolean;

  constructor(coding: ContentCoding, isEligible: (head: ResponseHead) => boolean) {
    this.#coding = coding;
    this.#isEligible = isEligible;
    this.#encoder = null;
    this.#flushes = false;
  }

  head(head: ResponseHead, hasBody: boolean): Verdict {
    if (!hasBody || !this.#isEligible(head)) return undefined;
    this.#encoder = new Encoder(this.#coding);
    this.#flushes = head.bodyLength === UNKNOWN_LENGTH;
    head.bodyLength = UNKNOWN_LENGTH;
    head.headers.delete('content-encoding');
    head.headers.append('content-encoding', this.#coding);
    weakenEntityTag(head.headers);
    dropByteFields(head.headers);
    return undefined;
  }

  chunk(bytes: Buffer): Out | Promise<Out> {
    return this.#encoder === null ? bytes : this.#encoder.write(Buffer.from(bytes), this.#flushes);
  }

  end(): Out | Promise<Out> {
    const encoder = this.#encoder;
    this.#encoder = null;
    return encoder === null ? null : encoder.end().finally(() => encoder.close());
  }

  abort(): void {
    this.#encoder?.close();
    this.#encoder = null;
  }
}
