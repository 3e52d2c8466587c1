import { isObject } from '../../../mcp/wire/jsonrpc.ts';
import { differingBases, publicCard, type PublicAddress } from '../../../a2a/card.ts';
import { isJsonType } from '../../../a2a/answer.ts';
import { parseJson } from '../../../llm/json/parse.ts';
import { GatewayError } from '../../../base/errors.ts';
import { hostPort } from '../../../base/host-port.ts';
import { dropByteFields, weakenEntityTag } from '../../../net/http/entity-tag.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseStage } from '../../policies/stage.ts';

/** Puts the gateway's address into an agent's card; an answer that is none passes as it came. */
export class CardStage implements ResponseStage {
  /** The answer may be a card: it is held until it is whole. */
  holdsHead: boolean;
  readonly #to: PublicAddress;
  readonly #maxBytes: number;
  readonly #chunks: Buffer[];
  #size: number;
  #head: ResponseHead | null;

  constructor({ request, record, bind, connection }: Exchange) {
    this.holdsHead = false;
    this.#to = {
      scheme: request.scheme,
      // HTTP/1.0 need not name a host.
      authority: record.authority || hostPort(connection.localAddress, connection.localPort),
      ...differingBases(record.path, request.path),
    };
    this.#maxBytes = bind.frontend.maxBufferSize;
    this.#chunks = [];
    this.#size = 0;
    this.#head = null;
  }

  head(head: ResponseHead, hasBody: boolean): undefined {
    if (!hasBody || head.status !== 200 || !isJsonType(head.headers.get('content-type'))) return;
    if ((head.headers.get('content-encoding') ?? 'identity') !== 'identity') {
      throw new GatewayError('upstreamProtocol', 'the agent compresses its card, although asked not to');
    }
    if (head.bodyLength > this.#maxBytes) throw new GatewayError('responseTooLarge');
    this.holdsHead = true;
    this.#head = head;
  }

  chunk(bytes: Buffer): Buffer | null {
    if (this.#head === null) return bytes;
    this.#size += bytes.byteLength;
    if (this.#size > this.#maxBytes) throw new GatewayError('responseTooLarge');
    this.#chunks.push(Buffer.from(bytes));
    return null;
  }

  end(): Buffer | null {
    if (this.#head === null) return null;
    const came = Buffer.concat(this.#chunks);
    const shown = this.#rewritten(parseJson(came.toString('utf8')));
    if (shown === null) return came;
    const bytes = Buffer.from(JSON.stringify(shown));
    const { headers } = this.#head;
    weakenEntityTag(headers);
    dropByteFields(headers);
    this.#head.bodyLength = bytes.byteLength;
    return bytes;
  }

  abort(): void {
    this.#chunks.length = 0;
  }

  /** The answer with another card; null where it has none, or one that stays. */
  #rewritten(answer: unknown): unknown {
    if (!isObject(answer)) return null;
    if (!('jsonrpc' in answer)) return publicCard(answer, this.#to);
    const { result } = answer as { readonly result?: unknown };
    const card = isObject(result) ? publicCard(result, this.#to) : null;
    return card === null ? null : { ...answer, result: card };
  }
}
