import { monotonicMs, wallMs } from '../../base/clock.ts';
import { toGatewayError } from '../../base/errors.ts';
import { HeaderList } from '../../net/http/headers.ts';
import type { Caller, ClientPort, ClientQuestion } from '../federation/caller.ts';
import { Federation, type FederationSettings } from '../federation/federation.ts';
import { handleRequest } from '../federation/methods.ts';
import type { McpHttpRequest } from '../http.ts';
import { newMcpRecord, type McpRecord } from '../record.ts';
import { locate, type Span } from '../wire/json-text.ts';
import { codes, errorText, notificationText, requestText, type Message, type RequestId } from '../wire/jsonrpc.ts';
import { isKnownMethod } from '../wire/2025-11-25/methods.ts';
import { KEEP_ALIVE } from '../../net/http/sse.ts';
import { takesPrimingEvents } from '../wire/versions.ts';
import { PostChannel, streamHeaders, type StreamOwner } from './channel.ts';
import { ClientRequest } from './client-request.ts';
import { ClientStream, parseEventId } from './client-stream.ts';
import { ReplayLog } from './replay.ts';
import type { SessionIdentity } from './session-id.ts';

/** Stream number of the one that a GET opens. */
const STANDALONE = 0;

/** One client's session: its requests in flight, its streams, and its own sessions with all targets. */
export class Session implements ClientPort, StreamOwner {
  /** Its id and what that says. */
  readonly identity: SessionIdentity;
  /** It began at a worker that is gone, and goes on here from what its id says. */
  readonly resumed: boolean;
  readonly primes: boolean;
  readonly sessionless = false;
  readonly separates = false;
  readonly federation: Federation;
  readonly #replay = new ReplayLog();
  readonly #standalone: ClientStream;
  #streams: Map<number, ClientStream> | null = null;
  #nextStream: number;
  #inFlight: Map<RequestId, ClientRequest> | null = null;
  #usedAt: number = monotonicMs();
  #sweeps = 0;
  #closed = false;

  constructor(identity: SessionIdentity, settings: FederationSettings, resumed: boolean) {
    const { revision, capabilities } = identity.claims;
    this.identity = identity;
    this.resumed = resumed;
    this.primes = takesPrimingEvents(revision);
    // The client may yet name streams, events and questions that the lost worker numbered.
    const before = resumed ? wallMs() : 0;
    this.#nextStream = before + 1;
    this.#standalone = new ClientStream(STANDALONE, this.#replay, before);
    this.federation = new Federation(settings, this, capabilities, before + 1);
  }

  get id(): string {
    return this.identity.id;
  }

  get principal(): string {
    return this.identity.claims.principal;
  }

  get owner(): string {
    return this.id;
  }

  get revision(): string {
    return this.identity.claims.revision;
  }

  /** Milliseconds since the client last did something; 0 while something is open. */
  get idleMs(): number {
    const busy = this.#standalone.attached || (this.#inFlight !== null && this.#inFlight.size > 0);
    return busy ? 0 : monotonicMs() - this.#usedAt;
  }

  /** Handles the messages of one POST. */
  receive(input: Message | Message[], http: McpHttpRequest, record: McpRecord): void {
    this.#usedAt = monotonicMs();
    this.federation.carry(http.headers);
    record.sessionId = this.id;
    const messages = Array.isArray(input) ? input : [input];
    const requests = messages.filter((message) => message.kind === 'request');
    const channel = requests.length === 0 ? null : new PostChannel(http, this, requests.length, Array.isArray(input));
    for (const message of messages) {
      if (message.kind === 'request' && channel !== null) {
        this.#request(message, channel, requests[0] === message ? record : newMcpRecord());
      } else if (message.kind === 'notification') {
        record.methodName = isKnownMethod(message.method) ? message.method : 'unknown';
        this.#notification(message);
      } else this.federation.questions.respond(message);
    }
    if (channel === null) http.reply(202, new HeaderList(), '');
  }

  /** Opens, or resumes, the stream of a GET. */
  openStream(http: McpHttpRequest): void {
    this.#usedAt = monotonicMs();
    this.federation.carry(http.headers);
    const lastEventId = http.headers.get('last-event-id') ?? '';
    const position = lastEventId === '' ? null : parseEventId(lastEventId);
    const number = position?.stream ?? STANDALONE;
    const open = number === STANDALONE ? this.#standalone : this.#streams?.get(number);
    const stream = open ?? ClientStream.ended(number, this.#replay);
    const resumes = lastEventId === '' || (position !== null && stream?.follows(position.event) === true);
    if (stream === undefined || !resumes) {
      refuse(http, 400, 'Bad Request: the Last-Event-ID is not, or no longer, known');
      return;
    }
    if (position === null && this.#standalone.attached) {
      refuse(http, 409, 'Conflict: the session has an open stream already');
      return;
    }
    const sink = http.openStream(200, streamHeaders());
    http.onClose(() => {
      stream.detach(sink);
      this.#usedAt = monotonicMs();
      if (stream === this.#standalone && !stream.attached) this.federation.listen(false);
    });
    stream.attach(sink, position?.event ?? -1, position === null && this.primes);
    if (stream === this.#standalone) {
      this.federation.listen(true);
      // Nobody greeted the servers yet, which should tell this client of changes from now on.
      if (this.resumed) void this.federation.reachAll();
    }
  }

  newStream(): ClientStream {
    const stream = new ClientStream(this.#nextStream++, this.#replay);
    (this.#streams ??= new Map()).set(stream.number, stream);
    return stream;
  }

  release(stream: ClientStream): void {
    this.#streams?.delete(stream.number);
    if (this.#streams?.size === 0) this.#streams = null;
  }

  request({ id, method, params }: ClientQuestion, caller: Caller | null): boolean {
    const text = requestText(id, method, params);
    if (caller !== null && !caller.ended) {
      caller.deliver(text);
      return true;
    }
    if (this.#standalone.attached) return this.#standalone.send(text);
    // Without a stream of its own, any response that is still open reaches the same client.
    const other = [...(this.#inFlight?.values() ?? [])].at(-1);
    if (other === undefined) return this.#standalone.send(text);
    other.deliver(text);
    return true;
  }

  notify(method: string, params: string, caller: Caller | null, sure: boolean): void {
    const text = notificationText(method, params);
    if (caller !== null && !caller.ended && (sure || !this.#standalone.attached)) caller.deliver(text);
    else if (!this.#standalone.holds(text)) this.#standalone.send(text);
  }

  /** Periodic work: comments on open streams, old events dropped. */
  tend(): void {
    this.#replay.expire();
    this.#standalone.keepAlive(KEEP_ALIVE);
    this.#sweeps++;
    for (const request of this.#inFlight?.values() ?? []) request.tend(this.#sweeps);
  }

  /** Ends the stream that waits for nothing in particular. */
  drain(): void {
    this.#standalone.close();
  }

  /** Ends the session with its streams and everything upstream. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.federation.close();
    this.#standalone.close();
    for (const stream of this.#streams?.values() ?? []) stream.close();
    this.#streams = null;
  }

  #request(message: Message, channel: PostChannel, record: McpRecord): void {
    const id = message.id ?? '';
    const inFlight = (this.#inFlight ??= new Map());
    const request = new ClientRequest(message, record, channel, (ended) => {
      if (inFlight.get(id) === ended) inFlight.delete(id);
      if (inFlight.size === 0 && this.#inFlight === inFlight) this.#inFlight = null;
      this.#usedAt = monotonicMs();
    });
    if (message.method === 'initialize') {
      request.refuse(codes.invalidRequest, 'Invalid Request: the session is initialized');
    } else if (inFlight.has(id)) {
      request.refuse(codes.invalidRequest, 'Invalid Request: the id belongs to a request in flight');
    } else if (inFlight.size >= this.federation.settings.limits.callsPerSession) {
      record.limit = 'calls_per_session';
      request.refuse(codes.internalError, 'too many requests in flight');
    } else {
      inFlight.set(id, request);
      handleRequest(this.federation, request).catch((error: unknown) => {
        this.federation.settings.log.error('mcp: a request failed', { method: message.method, error: String(error) });
        request.refuse(codes.internalError, toGatewayError(error).message);
      });
    }
  }

  #notification(message: Message): void {
    switch (message.method) {
      case 'notifications/initialized':
        this.federation.confirm();
        break;
      case 'notifications/cancelled':
        this.#cancel(message);
        break;
      case 'notifications/progress':
        this.federation.questions.clientProgress(message);
        break;
      case 'notifications/roots/list_changed':
        this.federation.broadcast(message.method, message.bodyText);
        break;
      default:
        this.federation.settings.log.debug('mcp: a notification of a client is not relayed', {
          method: message.method,
        });
    }
  }

  #cancel(message: Message): void {
    const id = message.params?.['requestId'];
    if (typeof id !== 'string' && typeof id !== 'number') return;
    const spans: Span[] = [];
    locate(message.bodyText, 0, ['reason'], spans);
    const span = spans.at(-1);
    this.#inFlight?.get(id)?.cancel(span === undefined ? '' : message.bodyText.slice(span.start, span.end));
  }
}

/** An HTTP-level refusal; the body is a JSON-RPC error, which clients of this transport show. */
export function refuse(http: McpHttpRequest, status: number, message: string, code = -32000): void {
  http.reply(status, new HeaderList(['content-type', 'application/json']), errorText('', code, message));
}
