import { GatewayError } from '../../../base/errors.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { RequestBodySink } from '../../../net/http/inbound.ts';
import { UNKNOWN_LENGTH, type RequestHead } from '../../../net/http/message.ts';
import { responseStatuses, type CommonResponse, type ProcessingResponse } from '../../../net/grpc/envoy/ext-proc.ts';
import type { RequestBody } from '../../request-body.ts';
import type { BodySource } from '../../staged-body.ts';
import type { LocalReply } from '../policy.ts';
import type { SideListener } from './conversation.ts';
import { asBuffer, changedBytes, changeRequest, changeTrailers, requestFields, trailerFields } from './parts.ts';
import type { Processing } from './processing.ts';

/** What the service has sent and nobody has taken yet is bounded by this. */
const maximumQueued = 65_536;

/** What the service was sent is kept up to this, so that the request can do without a service that never answers. */
const maximumKept = 65_536;

/**
 * A request's body on its way through the service: what the client sends goes there as it comes, and what the service
 * sends is the body that the backend gets.
 */
export class DuplexRequest implements BodySource, RequestBodySink, SideListener {
  readonly head: RequestHead;
  readonly staged = true as const;
  readonly #p: Processing;
  readonly #body: RequestBody;
  readonly #withHead: boolean;
  #awaitsHead: boolean;
  readonly #begun: PromiseWithResolvers<LocalReply | undefined> = Promise.withResolvers();
  /** Null when it is too late to do without the service. */
  #kept: Buffer[] | null = [];
  #keptBytes = 0;
  /** The client's bytes go on by themselves: the service has left before it said anything. */
  #bypassed = false;
  #inputEnded = false;
  #trailers: HeaderList | null = null;
  #queue: Buffer[] = [];
  #queued = 0;
  #outputEnded = false;
  #sink: RequestBodySink | null = null;
  #full = false;
  #error: GatewayError | null = null;

  constructor(p: Processing, body: RequestBody, withHead: boolean) {
    this.head = p.x.request;
    this.#p = p;
    this.#body = body;
    this.#withHead = withHead;
    this.#awaitsHead = withHead;
  }

  /** Begins in both directions. Resolves when the request may go on, or with the answer that the service has for it. */
  start(): Promise<LocalReply | undefined> {
    const { conversation, x } = this.#p;
    if (conversation.error !== null) return Promise.reject(conversation.error);
    const headers = requestFields(this.head);
    this.head.bodyLength = UNKNOWN_LENGTH;
    if (conversation.over) this.#bypass();
    else conversation.request.listen(this);
    if (this.#withHead) {
      conversation.send(this.#p.requestMessage({ requestHeaders: { headers, endOfStream: false } }));
    } else {
      this.#begun.resolve(undefined);
    }
    x.onClose(() => this.#begun.resolve(undefined));
    this.#body.pipe(this, 'payload');
    return this.#begun.promise;
  }

  // The backend's side.

  receive(sink: RequestBodySink): void {
    this.#sink = sink;
    this.#full = false;
    this.#flush();
  }

  resumeBody(): void {
    this.#full = false;
    this.#flush();
  }

  // The client's side.

  data(chunk: Buffer): boolean {
    if (this.#bypassed) {
      this.#put(Buffer.from(chunk));
      return this.#hasRoom;
    }
    if (this.#outputEnded) return true;
    this.#keep(chunk);
    return this.#p.conversation.send(this.#p.requestMessage({ requestBody: { body: chunk, endOfStream: false } }));
  }

  end(trailers: HeaderList | null): void {
    this.#inputEnded = true;
    this.#trailers = trailers;
    if (this.#bypassed) return this.#endOutput();
    if (this.#outputEnded) return undefined;
    const { conversation, modes } = this.#p;
    const shown = modes.requestTrailers ? trailers : null;
    const part =
      shown === null
        ? { requestBody: { body: Buffer.alloc(0), endOfStream: true } }
        : { requestTrailers: { trailers: trailerFields(shown) } };
    conversation.request.expect();
    conversation.send(this.#p.requestMessage(part));
    return undefined;
  }

  fail(error: GatewayError): void {
    if (this.#outputEnded || this.#error !== null) return;
    this.#error = error;
    this.#begun.reject(error);
    this.#p.conversation.cancel();
    this.#sink?.fail(error);
  }

  // The service's side.

  message(message: ProcessingResponse): boolean {
    const answer = this.#p.answerIn(message);
    if (answer !== null) {
      this.#begun.resolve(answer);
      this.#p.x.interrupt(answer);
      return true;
    }
    const { requestHeaders, requestBody, requestTrailers } = message;
    if (this.#awaitsHead && requestHeaders === undefined) {
      this.#p.conversation.fail(new Error('the service has to answer about the head first'));
      return true;
    }
    this.#awaitsHead = false;
    this.#kept = null;
    if (requestHeaders !== undefined) this.#heads(requestHeaders.response ?? {}, message);
    else if (requestBody !== undefined) this.#part(requestBody.response ?? {});
    else if (requestTrailers !== undefined) {
      if (this.#trailers !== null) changeTrailers(this.#trailers, requestTrailers.headerMutation);
      this.#endOutput();
    }
    if (this.#inputEnded && !this.#outputEnded) this.#p.conversation.request.expect();
    return this.#hasRoom;
  }

  drained(): void {
    if (!this.#inputEnded) this.#body.resume();
  }

  /** The service has left. What it has not answered can be restored only while it has said nothing at all. */
  closed(error: GatewayError | null): void {
    if (this.#outputEnded || this.#error !== null) return;
    const mayBypass = error === null || this.#p.conversation.rules.failOpen;
    if (mayBypass && this.#kept !== null) {
      this.#bypass();
      return;
    }
    this.fail(error ?? new GatewayError('externalProcessingFailed', 'the external processor left within the request'));
  }

  #heads(response: CommonResponse, message: ProcessingResponse): void {
    changeRequest(this.head, response.headerMutation);
    this.#p.override(message, 'response');
    if (response.status === responseStatuses.continueAndReplace) {
      this.#put(changedBytes(Buffer.alloc(0), response.bodyMutation));
      this.#endOutput();
    }
    this.#begun.resolve(undefined);
  }

  #part({ bodyMutation }: CommonResponse): void {
    const streamed = bodyMutation?.streamedResponse;
    if (streamed === undefined) {
      this.#p.conversation.fail(new Error('the service must answer a streamed body with streamed_response'));
      return;
    }
    if (streamed.body !== undefined) this.#put(asBuffer(streamed.body));
    if (streamed.endOfStream === true) this.#endOutput();
  }

  #bypass(): void {
    const kept = this.#kept ?? [];
    this.#kept = null;
    this.#bypassed = true;
    for (const chunk of kept) this.#put(chunk);
    if (this.#inputEnded) this.#endOutput();
    else this.#body.resume();
    this.#begun.resolve(undefined);
  }

  #keep(chunk: Buffer): void {
    if (this.#kept === null || this.#keptBytes + chunk.byteLength > maximumKept) {
      this.#kept = null;
      return;
    }
    this.#keptBytes += chunk.byteLength;
    this.#kept.push(Buffer.from(chunk));
  }

  get #hasRoom(): boolean {
    return !this.#full && this.#queued < maximumQueued;
  }

  #put(bytes: Buffer): void {
    if (bytes.byteLength === 0 || this.#outputEnded) return;
    this.#queue.push(bytes);
    this.#queued += bytes.byteLength;
    this.#pass();
  }

  #endOutput(): void {
    if (this.#outputEnded) return;
    this.#outputEnded = true;
    this.#p.conversation.request.listen(null);
    this.#pass();
    // What the client still sends is of no use.
    if (!this.#inputEnded) this.#body.resume();
  }

  /** Hands on what the backend takes. */
  #pass(): void {
    const sink = this.#sink;
    if (sink === null || this.#error !== null) return;
    while (!this.#full) {
      const bytes = this.#queue.shift();
      if (bytes === undefined) break;
      this.#queued -= bytes.byteLength;
      if (!sink.data(bytes)) this.#full = true;
    }
    if (!this.#outputEnded || this.#queue.length > 0) return;
    this.#sink = null;
    sink.end(this.#trailers);
  }

  #flush(): void {
    this.#pass();
    if (!this.#hasRoom) return;
    if (!this.#inputEnded) this.#body.resume();
    if (!this.#bypassed) this.#p.conversation.resume();
  }
}
