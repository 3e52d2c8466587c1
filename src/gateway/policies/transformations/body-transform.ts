import { GatewayError } from '../../../base/errors.ts';
import { decodeBody } from '../../../net/http/content-coding.ts';
import { dropByteFields, weakenEntityTag } from '../../../net/http/entity-tag.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { Verdict } from '../policy.ts';
import type { Out, ResponseStage } from '../stage.ts';
import type { CompiledTransform } from './fields.ts';
import { changedResponse } from './pseudo.ts';

/** Whether one of the attributes is the body of the response. */
export function readsBody(references: ReadonlySet<string>): boolean {
  return ['response', 'response.body', 'response.bodyPrefix'].some((path) => references.has(path));
}

/** Holds a response until its body is whole, then computes what the client gets; nothing goes out before. */
export class BodyTransform implements ResponseStage {
  readonly holdsHead = true;
  readonly #x: Exchange;
  readonly #transform: CompiledTransform;
  /** Of the body, as it comes and without its content coding. */
  readonly #maxBytes: number;
  readonly #chunks: Buffer[];
  #size: number;
  #head: ResponseHead | null;

  constructor(x: Exchange, transform: CompiledTransform) {
    this.#x = x;
    this.#transform = transform;
    this.#maxBytes = x.bind.frontend.maxBufferSize;
    this.#chunks = [];
    this.#size = 0;
    this.#head = null;
  }

  head(head: ResponseHead, hasBody: boolean): Verdict {
    this.#head = head;
    if (head.bodyLength > this.#maxBytes && hasBody) throw new GatewayError('responseTooLarge');
    if (hasBody) return undefined;
    if (this.#transform.body !== null) head.bodyLength = UNKNOWN_LENGTH;
    this.#transform.change(this.#x, this.#x.attributesWith(head), changedResponse(head));
    return undefined;
  }

  chunk(bytes: Buffer): null {
    this.#size += bytes.byteLength;
    if (this.#size > this.#maxBytes) throw new GatewayError('responseTooLarge');
    this.#chunks.push(Buffer.from(bytes));
    return null;
  }

  end(): Out | Promise<Out> {
    const came = Buffer.concat(this.#chunks);
    const head = this.#head;
    if (head === null) return came;
    if (!head.headers.has('content-encoding')) return this.#compute(head, came, came);
    return decodeBody(came, head.headers, this.#maxBytes).then((body) => this.#compute(head, came, body));
  }

  abort(): void {
    this.#chunks.length = 0;
  }

  /** @param body What came, without its content coding. */
  #compute(head: ResponseHead, came: Buffer, body: Buffer): Uint8Array {
    const attributes = this.#x.attributesWith(head, body);
    this.#transform.change(this.#x, attributes, changedResponse(head));
    if (this.#transform.body === null) return came;
    const bytes = this.#transform.body(attributes);
    head.headers.delete('content-encoding');
    weakenEntityTag(head.headers);
    dropByteFields(head.headers);
    head.bodyLength = bytes.byteLength;
    return bytes;
  }
}
