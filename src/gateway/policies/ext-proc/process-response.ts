import { GatewayError } from '../../../base/errors.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../net/http/message.ts';
import {
  responseStatuses,
  type CommonResponse,
  type ProcessingRequest,
  type ProcessingResponse,
} from '../../../net/grpc/envoy/ext-proc.ts';
import type { ExchangeAttributes } from '../../attributes/exchange-attributes.ts';
import type { LocalReply, Verdict } from '../policy.ts';
import type { Out, ResponseStage, StageOutput } from '../stage.ts';
import { DuplexResponse } from './duplex-response.ts';
import { changedBytes, changeResponse, changeTrailers, responseFields, trailerFields } from './parts.ts';
import type { Processing } from './processing.ts';

/** How the body of this response is treated. */
type Treatment = 'passed' | 'streamed' | 'collected' | 'collectedPartly' | 'duplex';

/** Shows the service a response, as far as its modes say, and does what it answers. */
export class ResponseProcessing implements ResponseStage {
  readonly #find: () => Processing | undefined;
  #p: Processing | null = null;
  #output: StageOutput | null = null;
  #head: ResponseHead | null = null;
  #attributes: ExchangeAttributes | null = null;
  #treatment: Treatment = 'passed';
  #duplex: DuplexResponse | null = null;
  #collected: Buffer[] = [];
  #size = 0;

  /** @param find Gives what the request has begun; undefined: the request never came there. */
  constructor(find: () => Processing | undefined) {
    this.#find = find;
  }

  get holdsHead(): boolean {
    return this.#treatment !== 'passed' && this.#treatment !== 'streamed';
  }

  begin(output: StageOutput): void {
    this.#output = output;
  }

  drained(): void {
    this.#duplex?.clientDrained();
  }

  head(head: ResponseHead, hasBody: boolean): Verdict {
    const p = this.#find();
    if (p === undefined) return undefined;
    if (p.conversation.error !== null) throw p.conversation.error;
    if (!p.seesResponse) {
      p.conversation.finish();
      return undefined;
    }
    this.#p = p;
    this.#head = head;
    this.#attributes = p.x.attributesWith(head);
    if (hasBody && p.modes.responseBody === 'fullDuplexStreamed') {
      this.#beginDuplex(p, head, p.modes.responseHeaders);
      return undefined;
    }
    return this.#processHead(p, head, hasBody);
  }

  chunk(bytes: Buffer): Out | Promise<Out> {
    const p = this.#p;
    if (p === null) return bytes;
    switch (this.#treatment) {
      case 'duplex':
        return this.#duplex?.chunk(bytes) ?? null;
      case 'streamed':
        return p.conversation.over ? this.#checked(p, bytes) : this.#show(p, Buffer.from(bytes), false);
      case 'collected':
      case 'collectedPartly':
        return this.#collect(p, bytes);
      default:
        return bytes;
    }
  }

  async end(trailers: HeaderList | null): Promise<Out> {
    const p = this.#p;
    if (p === null) return null;
    const shown = p.modes.responseTrailers ? trailers : null;
    let rest: Out = null;
    if (this.#treatment === 'duplex') return (await this.#duplex?.end(trailers, shown)) ?? null;
    if (this.#treatment === 'streamed') rest = await this.#show(p, Buffer.alloc(0), shown === null);
    else if (this.#treatment !== 'passed') rest = await this.#showCollected(p, shown === null, trailers !== null);
    if (shown !== null) {
      const reply = await this.#ask(p, { responseTrailers: { trailers: trailerFields(shown) } });
      if (reply !== null) changeTrailers(shown, reply.responseTrailers?.headerMutation);
    }
    p.conversation.finish();
    return rest;
  }

  abort(): void {
    this.#p?.conversation.cancel();
  }

  async #processHead(p: Processing, head: ResponseHead, hasBody: boolean): Promise<LocalReply | undefined> {
    if (p.modes.responseHeaders) {
      const message = { responseHeaders: { headers: responseFields(head), endOfStream: !hasBody } };
      const reply = await p.conversation.response.ask(this.#message(p, message));
      if (reply === null) return undefined;
      const answer = p.answerIn(reply);
      if (answer !== null) return answer;
      const response = reply.responseHeaders?.response ?? {};
      changeResponse(head, response.headerMutation);
      p.override(reply, 'response');
      if (response.status === responseStatuses.continueAndReplace && hasBody) return replaced(p, head, response);
    }
    if (!hasBody) {
      p.conversation.finish();
      return undefined;
    }
    const { responseBody, responseTrailers } = p.modes;
    if (responseBody === 'fullDuplexStreamed') this.#beginDuplex(p, head, false);
    else if (responseBody === 'streamed') {
      this.#treatment = 'streamed';
      head.bodyLength = UNKNOWN_LENGTH;
    } else if (responseBody === 'buffered') this.#treatment = 'collected';
    else if (responseBody === 'bufferedPartial') this.#treatment = 'collectedPartly';
    else if (!responseTrailers || head.bodyLength !== UNKNOWN_LENGTH) {
      p.conversation.finish();
      this.#p = null;
    }
    return undefined;
  }

  #beginDuplex(p: Processing, head: ResponseHead, withHead: boolean): void {
    const output = this.#output;
    if (output === null) throw new GatewayError('internal', 'a streamed response has nowhere to go');
    this.#treatment = 'duplex';
    this.#duplex = new DuplexResponse(p, head, output, (part) => this.#message(p, part), withHead);
    this.#duplex.start();
  }

  #collect(p: Processing, bytes: Buffer): Out | Promise<Out> {
    const limit = p.x.bind.frontend.maxBufferSize;
    this.#collected.push(Buffer.from(bytes));
    this.#size += bytes.byteLength;
    if (this.#size <= limit) return null;
    if (this.#treatment === 'collected') {
      throw new GatewayError(
        'externalProcessingFailed',
        `the response has more than the ${limit} bytes that can be held for the external processor`,
      );
    }
    return this.#showCollected(p, false, true);
  }

  /** Shows what was collected; from then on the body passes. */
  async #showCollected(p: Processing, endOfStream: boolean, more: boolean): Promise<Out> {
    const body = Buffer.concat(this.#collected.splice(0));
    const whole = this.#treatment === 'collected' || endOfStream;
    const reply = await this.#ask(p, { responseBody: { body, endOfStream } });
    const { headerMutation, bodyMutation } = reply?.responseBody?.response ?? {};
    const head = this.#head;
    if (head !== null) changeResponse(head, headerMutation);
    const changed = changedBytes(body, bodyMutation);
    if (head !== null && changed !== body) {
      head.bodyLength = whole && !more ? changed.byteLength : UNKNOWN_LENGTH;
    }
    this.#treatment = 'passed';
    return changed;
  }

  async #show(p: Processing, body: Buffer, endOfStream: boolean): Promise<Out> {
    const reply = await this.#ask(p, { responseBody: { body, endOfStream } });
    return changedBytes(body, reply?.responseBody?.response?.bodyMutation);
  }

  #checked(p: Processing, bytes: Buffer): Buffer {
    if (p.conversation.error !== null) throw p.conversation.error;
    return bytes;
  }

  /** Asks about a part; an answer of the service's own takes the place of what is left of the response. */
  async #ask(p: Processing, part: ProcessingRequest): Promise<ProcessingResponse | null> {
    const reply = await p.conversation.response.ask(this.#message(p, part));
    if (reply === null) return null;
    const answer = p.answerIn(reply);
    if (answer === null) return reply;
    this.#output?.replace(answer);
    return null;
  }

  #message(p: Processing, part: ProcessingRequest): ProcessingRequest {
    return p.responseMessage(part, this.#attributes ?? p.x.attributes());
  }
}

/** The service has another body, and wants to see nothing more. */
function replaced(p: Processing, head: ResponseHead, { bodyMutation }: CommonResponse): LocalReply | undefined {
  p.conversation.finish();
  if (bodyMutation === undefined) return undefined;
  return { status: head.status, headers: head.headers, body: changedBytes(Buffer.alloc(0), bodyMutation) };
}
