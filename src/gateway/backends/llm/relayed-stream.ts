import { GatewayError } from '../../../base/errors.ts';
import type { FormatPair } from '../../../llm/formats/table.ts';
import type { LlmRecord } from '../../../llm/record.ts';
import { errorEvent, terminatorOf } from '../../../llm/stream/endings.ts';
import type { PassingEdit } from '../../../llm/stream/asked-model.ts';
import { EventCutter } from '../../../llm/stream/event-cutter.ts';
import { withoutUsageEvent } from '../../../llm/stream/hidden-usage.ts';
import { StreamWatch } from '../../../llm/stream/stream-watch.ts';
import { estimateCut } from '../../../llm/usage/cut-estimate.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { ResponseHead } from '../../../net/http/message.ts';
import type { Exchange } from '../../exchange.ts';
import type { ResponseControl, ResponseSink } from '../../upstream/response-sink.ts';
import { ClientStream, type StreamTiming } from './client-stream.ts';
import { refusedAnswer } from './refused-answer.ts';

/** Longest event that is handed on whole; longer ones pass in pieces. */
const MAX_EVENT = 1024 * 1024;

const BROKEN = 'the upstream ended its stream before the answer was complete';

/** What is special about a relayed stream. */
export interface RelayedStreamOptions {
  /** The format, as who reads it and who writes it. */
  readonly pair: FormatPair;
  readonly record: LlmRecord;
  readonly timing: StreamTiming;
  /** Of the body that was sent, about. */
  readonly requestTokens: number;
  /** The client did not ask for the usage that the upstream sends. */
  readonly hidesUsage: boolean;
  /** Changes whole events on their way; null: none is changed. */
  readonly rewrite: ((region: Buffer) => Buffer) | null;
  /** Changes bytes on their way, whole events or not; null: nothing is changed. */
  readonly edit: PassingEdit | null;
}

/** A stream in the client's own format: its bytes pass, once the answer has begun. */
export class RelayedStream implements ResponseSink {
  readonly #head: ResponseHead;
  readonly #control: ResponseControl;
  readonly #options: RelayedStreamOptions;
  readonly #stream: ClientStream;
  readonly #cutter: EventCutter;
  readonly #watch: StreamWatch;
  /** The last event lacks its blank line. */
  #unended: boolean;

  constructor(x: Exchange, head: ResponseHead, control: ResponseControl, options: RelayedStreamOptions) {
    this.#head = head;
    this.#control = control;
    this.#options = options;
    this.#stream = new ClientStream(x, head, options.timing, control);
    this.#cutter = new EventCutter(MAX_EVENT);
    this.#watch = new StreamWatch(options.pair.upstream, options.record);
    this.#unended = false;
  }

  data(chunk: Buffer): boolean {
    this.#stream.heard();
    const region = this.#cutter.push(chunk);
    this.#stream.between = this.#cutter.between;
    return region === null ? true : this.#pass(region, this.#cutter.whole);
  }

  drained(): void {
    this.#stream.drained();
  }

  end(trailers: HeaderList | null): void {
    const rest = this.#cutter.rest();
    if (rest !== null) {
      this.#pass(rest, true);
      this.#unended = true;
    }
    const end = this.#watch.end();
    if (!this.#stream.begun) {
      const { failure } = this.#watch;
      if (failure !== null) throw refusedAnswer(this.#head, this.#options.pair.client, failure);
      if (end !== 'complete') throw new GatewayError('upstreamReset', 'the upstream ended its stream before an answer');
      this.#stream.begin();
    }
    if (end === 'cut') {
      this.#estimate();
      this.#tell(BROKEN);
      this.#control.note(new GatewayError('upstreamReset', BROKEN));
    } else if (end === 'failed') {
      this.#estimate();
      this.#control.note(new GatewayError('upstreamProtocol', 'the upstream ended its stream with an error'));
    } else {
      this.#terminate();
    }
    this.#stream.end(trailers);
  }

  broken(error: GatewayError): boolean {
    if (!this.#stream.begun || this.#stream.ended || !this.#cutter.between) return false;
    const end = this.#watch.end();
    // The answer was whole, and only the connection's end was not.
    if (end === 'complete') this.#terminate();
    else this.#estimate();
    if (end === 'cut') this.#tell(error.message);
    this.#stream.end(null);
    return true;
  }

  close(): void {
    if (this.#stream.begun && !this.#stream.ended) this.#estimate();
    this.#stream.close();
  }

  #estimate(): void {
    estimateCut(this.#options.record, this.#options.requestTokens, this.#watch.said);
  }

  #pass(region: Buffer, whole: boolean): boolean {
    const tellsUsage = whole && this.#watch.region(region);
    const { failure } = this.#watch;
    if (failure !== null) throw refusedAnswer(this.#head, this.#options.pair.client, failure);
    const { hidesUsage, rewrite, edit } = this.#options;
    const counted = tellsUsage && hidesUsage ? withoutUsageEvent(region) : region;
    const sealed = whole && rewrite !== null ? rewrite(counted) : counted;
    const shown = edit === null ? sealed : edit.push(sealed);
    if (this.#stream.begun) return this.#stream.write(shown);
    const fits = this.#stream.hold(Buffer.from(shown));
    return this.#watch.begun || !whole || !fits ? this.#stream.begin() : true;
  }

  /** Supplies the last event where the upstream left it out. */
  #terminate(): void {
    if (this.#watch.terminated) return;
    const terminator = terminatorOf(this.#options.pair.client.format);
    if (terminator !== null) this.#append(`data: ${terminator}\n\n`);
  }

  #tell(message: string): void {
    const error = { status: 502, type: 'api_error', message, code: null, param: null };
    this.#append(errorEvent(this.#options.pair.client, error, this.#watch.nextNumber));
  }

  /** Puts an event of ours behind what came. */
  #append(event: string): void {
    this.#stream.write(Buffer.from(this.#unended ? `\n\n${event}` : event));
  }
}
