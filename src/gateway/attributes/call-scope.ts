import type { Activation } from '../../expr/cel/frame.ts';
import type { RequestHead, ResponseHead } from '../../net/http/message.ts';
import { hostOf } from '../match/hostname.ts';
import type { TransformScope } from '../policies/transformations/upstream-transform.ts';
import { headerView, lengthField } from './header-source.ts';

const noBytes: Buffer = Buffer.alloc(0);

/**
 * What expressions see of a request that the gateway makes for itself: `request` is that one, `response` its answer, and
 * there is nothing else but `metadata` of expressions before.
 */
export class CallScope implements TransformScope {
  /** `response.body`; null: it is not known. */
  answer: Buffer | null;
  readonly #head: RequestHead;
  readonly #body: Buffer;
  readonly #facts: Map<string, unknown>;

  /** @param head As it now is, whenever an expression asks. */
  constructor(head: RequestHead, body: Uint8Array | undefined) {
    this.answer = null;
    this.#head = head;
    this.#body = body === undefined ? noBytes : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#facts = new Map();
  }

  fact(root: string): unknown {
    return this.#facts.get(root);
  }

  setFact(root: string, value: unknown): void {
    this.#facts.set(root, value);
  }

  attributes(): Activation {
    return { get: (root) => (root === 'request' ? this.#request() : this.#facts.get(root)) };
  }

  attributesWith(head: ResponseHead): Activation {
    const before = this.attributes();
    return { get: (root) => (root === 'response' ? responseOf(head, this.answer) : before.get(root)) };
  }

  #request(): unknown {
    const { method, scheme, authority, path, query, headers } = this.#head;
    return {
      method,
      uri: `${scheme}://${authority}${path}${query}`,
      host: hostOf(authority),
      scheme,
      path,
      pathAndQuery: path + query,
      headers: headerView(headers, { host: authority }),
      body: this.#body,
    };
  }
}

function responseOf({ status, headers, bodyLength }: ResponseHead, body: Buffer | null): unknown {
  return { code: status, headers: headerView(headers, lengthField(bodyLength)), ...(body === null ? {} : { body }) };
}
