import { GatewayError } from '../../../base/errors.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import { UNKNOWN_LENGTH, type ResponseHead } from '../../../net/http/message.ts';
import {
  responseStatuses,
  type CommonResponse,
  type ProcessingRequest,
  type ProcessingResponse,
} from '../../../net/grpc/envoy/ext-proc.ts';
import type { Out, StageOutput } from '../stage.ts';
import type { SideListener } from './conversation.ts';
import { asBuffer, changedBytes, changeResponse, changeTrailers, responseFields, trailerFields } from './parts.ts';
import type { Processing } from './processing.ts';

/** What the service was sent is kept up to this, so that the response can do without a service that never answers. */
const maximumKept = 65_536;

const nothing = Buffer.alloc(0);

/**
 * A response on its way through the service: what the upstream sends goes there as it comes, and what the service sends
 * is what the client gets. The head waits for what the service says of it.
 */
export class DuplexResponse implements SideListener {
  readonly #p: Processing;
  readonly #head: ResponseHead;
  readonly #output: StageOutput;
  readonly #message: (part: ProcessingRequest) => ProcessingRequest;
  readonly #withHead: boolean;
  #awaitsHead: boolean;
  #kept: Buffer[] | null = [];
  #keptBytes = 0;
  #bypassed = false;
  #inputEnded = false;
  #outputEnded = false;
  #trailers: HeaderList | null = null;
  #error: GatewayError | null = null;
  /** Who waits for the service to take more. */
  #room: (() => void) | null = null;
  /** Who waits for the service's last word. */
  #last: PromiseWithResolvers<Out> | null = null;

  constructor(
    p: Processing,
    head: ResponseHead,
    output: StageOutput,
    message: (part: ProcessingRequest) => ProcessingRequest,
    withHead: boolean,
  ) {
    this.#p = p;
    this.#head = head;
    this.#output = output;
    this.#message = message;
    this.#withHead = withHead;
    this.#awaitsHead = withHead;
  }

  start(): void {
    const { conversation } = this.#p;
    const headers = responseFields(this.#head);
    this.#head.bodyLength = UNKNOWN_LENGTH;
    conversation.response.listen(this);
    if (this.#withHead) conversation.send(this.#message({ responseHeaders: { headers, endOfStream: false } }));
  }

  chunk(bytes: Buffer): Out | Promise<Out> {
    if (this.#error !== null) throw this.#error;
    if (this.#bypassed) return bytes;
    if (this.#outputEnded) return null;
    this.#keep(bytes);
    const { conversation } = this.#p;
    if (conversation.send(this.#message({ responseBody: { body: bytes, endOfStream: false } }))) return null;
    return new Promise((resolve) => {
      this.#room = () => resolve(null);
    });
  }

  /** @param shown The trailers, where the service sees them. */
  end(trailers: HeaderList | null, shown: HeaderList | null): Out | Promise<Out> {
    if (this.#error !== null) throw this.#error;
    this.#inputEnded = true;
    this.#trailers = trailers;
    const { conversation } = this.#p;
    if (this.#bypassed || this.#outputEnded) {
      conversation.finish();
      return null;
    }
    const part =
      shown === null
        ? { responseBody: { body: nothing, endOfStream: true } }
        : { responseTrailers: { trailers: trailerFields(shown) } };
    this.#last = Promise.withResolvers();
    conversation.response.expect();
    conversation.send(this.#message(part));
    return this.#last.promise;
  }

  message(message: ProcessingResponse): boolean {
    const answer = this.#p.answerIn(message);
    if (answer !== null) {
      this.#end();
      this.#output.replace(answer);
      return true;
    }
    const { responseHeaders, responseBody, responseTrailers } = message;
    if (this.#awaitsHead && responseHeaders === undefined) {
      this.#p.conversation.fail(new Error('the service has to answer about the head first'));
      return true;
    }
    this.#awaitsHead = false;
    this.#kept = null;
    let room = true;
    if (responseHeaders !== undefined) room = this.#heads(responseHeaders.response ?? {}, message);
    else if (responseBody !== undefined) room = this.#part(responseBody.response ?? {});
    else if (responseTrailers !== undefined) {
      if (this.#trailers !== null) changeTrailers(this.#trailers, responseTrailers.headerMutation);
      this.#end();
    }
    if (this.#inputEnded && !this.#outputEnded) this.#p.conversation.response.expect();
    return room;
  }

  /** The service takes more. */
  drained(): void {
    const room = this.#room;
    this.#room = null;
    room?.();
  }

  /** The client takes more. */
  clientDrained(): void {
    this.#p.conversation.resume();
  }

  closed(error: GatewayError | null): void {
    this.drained();
    if (this.#outputEnded) return;
    const mayBypass = error === null || this.#p.conversation.rules.failOpen;
    if (mayBypass && this.#kept !== null) {
      this.#bypass(this.#kept);
      return;
    }
    this.#error =
      error ?? new GatewayError('externalProcessingFailed', 'the external processor left within the response');
    this.#last?.reject(this.#error);
    if (this.#last === null) this.#output.fail(this.#error);
  }

  #heads(response: CommonResponse, message: ProcessingResponse): boolean {
    changeResponse(this.#head, response.headerMutation);
    this.#p.override(message, 'response');
    if (response.status !== responseStatuses.continueAndReplace) return this.#output.write(nothing);
    const room = this.#output.write(changedBytes(nothing, response.bodyMutation));
    this.#end();
    return room;
  }

  #part({ bodyMutation }: CommonResponse): boolean {
    const streamed = bodyMutation?.streamedResponse;
    if (streamed === undefined) {
      this.#p.conversation.fail(new Error('the service must answer a streamed body with streamed_response'));
      return true;
    }
    const room = streamed.body === undefined ? true : this.#output.write(asBuffer(streamed.body));
    if (streamed.endOfStream === true) this.#end();
    return room;
  }

  #bypass(kept: readonly Buffer[]): void {
    this.#kept = null;
    this.#bypassed = true;
    for (const bytes of kept) this.#output.write(bytes);
    this.#last?.resolve(null);
  }

  #keep(bytes: Buffer): void {
    if (this.#kept === null || this.#keptBytes + bytes.byteLength > maximumKept) {
      this.#kept = null;
      return;
    }
    this.#keptBytes += bytes.byteLength;
    this.#kept.push(Buffer.from(bytes));
  }

  #end(): void {
    if (this.#outputEnded) return;
    this.#outputEnded = true;
    this.drained();
    this.#p.conversation.response.listen(null);
    if (this.#last === null) return;
    this.#p.conversation.finish();
    this.#last.resolve(null);
  }
}
