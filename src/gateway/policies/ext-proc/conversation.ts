import { after, cancelTimer, monotonicMs, type Timer } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import { toMs, type ProtoStruct } from '../../../base/protobuf/well-known.ts';
import type { GrpcOptions, GrpcTransport } from '../../../net/grpc/call.ts';
import { openStream, type GrpcStream } from '../../../net/grpc/client.ts';
import {
  process,
  type ImmediateResponse,
  type ProcessingRequest,
  type ProcessingResponse,
} from '../../../net/grpc/envoy/ext-proc.ts';
import type { ServiceCalls } from '../../envoy/service-calls.ts';

/** How long the service may take to end a conversation that is over. */
const goodbyeMs = 1000;

/** What is fixed for all conversations of one policy. */
export interface ConversationRules {
  readonly transport: GrpcTransport;
  readonly calls: ServiceCalls;
  readonly failOpen: boolean;
  readonly messageTimeoutMs: number;
  readonly maxMessageTimeoutMs: number;
  readonly maxMessageBytes: number;
}

/** Hears what the service says on its own time about one direction. */
export interface SideListener {
  /** False: no more until {@link Conversation.resume}. */
  message(message: ProcessingResponse): boolean;
  /** The service takes more. */
  drained(): void;
  /** Nothing more is said. Null: the service has ended the conversation in good order. */
  closed(error: GatewayError | null): void;
}

/** Who hears about an exchange as a whole. */
export interface ConversationEvents {
  /** Dynamic metadata. */
  facts(facts: ProtoStruct): void;
  /** An answer to the client that no side waits for. */
  immediate(response: ImmediateResponse): void;
}

/** The stream of one exchange with the service; its two directions share it. */
export class Conversation {
  readonly request: Side;
  readonly response: Side;
  readonly rules: ConversationRules;
  readonly #events: ConversationEvents;
  readonly #stream: GrpcStream<ProcessingRequest>;
  readonly #startedMs: number;
  #goodbye: Timer | null = null;
  /** The service is not asked any more. */
  #over = false;
  /** Why, where that is an error for whoever asks on. */
  #error: GatewayError | null = null;

  constructor(rules: ConversationRules, events: ConversationEvents, metadata: GrpcOptions['metadata']) {
    this.rules = rules;
    this.#events = events;
    this.#startedMs = monotonicMs();
    this.request = new Side(this);
    this.response = new Side(this);
    this.#stream = openStream(
      rules.transport,
      process,
      {
        message: (message) => this.#heard(message),
        drained: () => {
          this.request.drained();
          this.response.drained();
        },
        ended: (error) => this.#ended(error),
      },
      { maxMessageBytes: rules.maxMessageBytes, ...(metadata === undefined ? {} : { metadata }) },
    );
  }

  get over(): boolean {
    return this.#over;
  }

  /** Why the exchange cannot go on; null where it can, without the service if need be. */
  get error(): GatewayError | null {
    return this.#error;
  }

  /** False: wait for `drained`. */
  send(message: ProcessingRequest): boolean {
    return this.#over || this.#stream.send(message);
  }

  /** Goes on after a listener has said that it is full. */
  resume(): void {
    this.#stream.resume();
  }

  /** Nothing more is asked; the service may end in good order. */
  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.rules.calls.succeeded(this.#startedMs);
    this.#stream.halfClose();
    this.#goodbye = after(goodbyeMs, () => this.#stream.cancel());
  }

  /** Ends it at once, unless it is ending well already. */
  cancel(): void {
    if (this.#goodbye !== null) return;
    this.#over = true;
    this.#stream.cancel();
    this.request.close(null);
    this.response.close(null);
  }

  /** The service has failed. With `failOpen` whoever waits goes on without it. */
  fail(problem: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream.cancel();
    const { calls, failOpen } = this.rules;
    calls.failed(problem, failOpen ? 'the exchange goes on without it where it can' : 'the exchange ends');
    const error = new GatewayError('externalProcessingFailed', '', { cause: problem });
    if (!failOpen) this.#error = error;
    this.request.close(error);
    this.response.close(error);
  }

  #heard(message: ProcessingResponse): boolean {
    if (this.#over) return true;
    if (message.overrideMessageTimeout !== undefined && this.#prolong(toMs(message.overrideMessageTimeout)))
      return true;
    if (message.dynamicMetadata !== undefined) this.#events.facts(message.dynamicMetadata);
    const { immediateResponse: immediate, streamedImmediateResponse: streamed } = message;
    if (immediate !== undefined || streamed !== undefined) return this.#interrupted(message);
    const { requestHeaders, requestBody, requestTrailers } = message;
    const side = (requestHeaders ?? requestBody ?? requestTrailers) === undefined ? this.response : this.request;
    if (side.takes) return side.heard(message);
    this.fail(new Error('the service has answered what it was not asked'));
    return true;
  }

  #interrupted(message: ProcessingResponse): boolean {
    for (const side of [this.response, this.request]) if (side.takes) return side.heard(message);
    if (message.immediateResponse !== undefined) this.#events.immediate(message.immediateResponse);
    return true;
  }

  #prolong(ms: number): boolean {
    if (ms < 1 || ms > this.rules.maxMessageTimeoutMs) return false;
    this.request.prolong(ms);
    this.response.prolong(ms);
    return true;
  }

  #ended(error: Error | null): void {
    cancelTimer(this.#goodbye);
    if (this.#over) return;
    if (error !== null) return this.fail(error);
    this.#over = true;
    this.rules.calls.succeeded(this.#startedMs);
    this.request.close(null);
    return this.response.close(null);
  }
}

/** What messages and their answers are about. */
const parts = [
  'requestHeaders',
  'requestBody',
  'requestTrailers',
  'responseHeaders',
  'responseBody',
  'responseTrailers',
] as const;
type Part = (typeof parts)[number];

function partOf(message: ProcessingRequest): Part {
  return parts.find((part) => message[part] !== undefined) ?? 'requestHeaders';
}

/** Who waits for the answer to one message. */
interface Waiter {
  /** What the answer is about, as the message was. */
  readonly part: Part;
  readonly resolve: (message: ProcessingResponse | null) => void;
  readonly reject: (error: GatewayError) => void;
}

/** One direction of an exchange: asks and waits, or listens. */
export class Side {
  readonly #conversation: Conversation;
  #waiter: Waiter | null = null;
  #listener: SideListener | null = null;
  #timer: Timer | null = null;
  #prolonged = false;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** True while somebody here hears messages. */
  get takes(): boolean {
    return this.#waiter !== null || this.#listener !== null;
  }

  /**
   * Sends a message and waits for its answer. Null: the exchange goes on without the service. Rejects with
   * `externalProcessingFailed` where it cannot.
   */
  ask(message: ProcessingRequest): Promise<ProcessingResponse | null> {
    const { over, error } = this.#conversation;
    if (error !== null) return Promise.reject(error);
    if (over) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiter = { part: partOf(message), resolve, reject };
      this.expect();
      this.#conversation.send(message);
    });
  }

  /** From now on messages of this side go to `listener`; null: nobody listens any more. */
  listen(listener: SideListener | null): void {
    this.#listener = listener;
    if (listener === null) this.relax();
  }

  /** A message has to come within the time limit. */
  expect(): void {
    const { messageTimeoutMs } = this.#conversation.rules;
    this.#prolonged = false;
    this.#limit(messageTimeoutMs);
  }

  /** No message has to come. */
  relax(): void {
    cancelTimer(this.#timer);
    this.#timer = null;
  }

  /** The service wants more time, once for each answer. */
  prolong(ms: number): void {
    if (this.#timer === null || this.#prolonged) return;
    this.#prolonged = true;
    this.#limit(ms);
  }

  heard(message: ProcessingResponse): boolean {
    this.relax();
    const waiter = this.#waiter;
    if (waiter === null) return this.#listener?.message(message) ?? true;
    if (message[waiter.part] === undefined && message.immediateResponse === undefined) {
      this.#conversation.fail(new Error('the service has answered what it was not asked'));
      return true;
    }
    this.#waiter = null;
    waiter.resolve(message);
    return true;
  }

  drained(): void {
    this.#listener?.drained();
  }

  /** @param error Null: the service has said goodbye, or nobody wants to hear more. */
  close(error: GatewayError | null): void {
    this.relax();
    const waiter = this.#waiter;
    const listener = this.#listener;
    this.#waiter = null;
    this.#listener = null;
    if (error === null || this.#conversation.rules.failOpen) waiter?.resolve(null);
    else waiter?.reject(error);
    listener?.closed(error);
  }

  #limit(ms: number): void {
    this.relax();
    if (ms === 0) return;
    this.#timer = after(ms, () => {
      this.#conversation.fail(new Error(`the service did not answer within ${ms} ms`));
    });
  }
}
