import type { UpstreamFormat, StreamReader } from '../pivot/format.ts';
import type { FrameDecoder } from '../pivot/framing.ts';
import type { PivotError, PivotEvent } from '../pivot/response.ts';
import type { LlmRecord } from '../record.ts';
import { mayHoldUsage, UsageReader } from '../usage/extract.ts';
import { sseData } from '../usage/sse-data.ts';
import { terminatorOf } from './endings.ts';

/** How a stream ended. */
export type StreamEnd = 'complete' | 'failed' | 'cut';

/** Regions remembered, in which a stream's reason to stop is looked for at its end. */
const REMEMBERED = 4;

/** True for an event by which the answer has begun: until then another provider may still give it. */
export function beginsAnswer({ kind }: PivotEvent): boolean {
  return kind !== 'start' && kind !== 'usage' && kind !== 'error' && kind !== 'end';
}

/**
 * Watches a stream that passes in its own format: reads its events until the answer begins; after that it looks only
 * for usage, and at the end whether the stream was whole. Regions must not be changed later: the last ones are kept.
 */
export class StreamWatch {
  readonly #format: UpstreamFormat;
  readonly #record: LlmRecord;
  readonly #usage: UsageReader;
  readonly #recent: Buffer[];
  /** Bytes of all regions. */
  #bytes: number;
  #next: number;
  #reading: { readonly decoder: FrameDecoder; readonly reader: StreamReader } | null;
  #stopped: boolean;
  /** The upstream's error, when it came before the answer began. */
  failure: PivotError | null;

  constructor(format: UpstreamFormat, record: LlmRecord) {
    this.#format = format;
    this.#record = record;
    this.#usage = new UsageReader(record);
    this.#recent = [];
    this.#bytes = 0;
    this.#next = 0;
    this.#reading = { decoder: format.framing.decoder(), reader: format.streamReader() };
    this.#stopped = false;
    this.failure = null;
  }

  /** Content, a tool call, reasoning or the end of the answer was seen. */
  get begun(): boolean {
    return this.#reading === null;
  }

  /** A region of whole events. Returns whether it may tell usage. */
  region(bytes: Buffer): boolean {
    if (this.#reading !== null) this.#read(bytes, this.#reading);
    this.#bytes += bytes.length;
    this.#recent[this.#next] = bytes;
    this.#next = (this.#next + 1) % REMEMBERED;
    const usage = mayHoldUsage(bytes);
    if (usage) for (const data of sseData(bytes)) this.#usage.read(data);
    return usage;
  }

  /** The stream is over: whether it said all that it had to say. */
  end(): StreamEnd {
    // The last event may lack its blank line.
    if (this.#reading !== null) this.#read(Buffer.from('\n\n'), this.#reading);
    if (this.failure !== null) return 'failed';
    if (this.#stopped) return 'complete';
    if (this.terminated) return 'complete';
    const decoder = this.#format.framing.decoder();
    const reader = this.#format.streamReader();
    const events: PivotEvent[] = [];
    for (const { type, data } of this.#frames(decoder)) events.push(...reader.event(type, data));
    // Where every chunk may have a reason to stop, the last one counts, which only the end shows.
    events.push(...reader.end());
    if (events.some(({ kind }) => kind === 'error')) return 'failed';
    return events.some(({ kind }) => kind === 'stop') ? 'complete' : 'cut';
  }

  /** Characters that the answer said so far: those of the last regions, for as many bytes as all have. */
  get characters(): number {
    const decoder = this.#format.framing.decoder();
    const reader = this.#format.streamReader();
    let said = 0;
    let bytes = 0;
    for (const region of this.#recent) {
      bytes += region.length;
      for (const { type, data } of decoder.push(region)) {
        for (const event of reader.event(type, data)) if ('text' in event) said += event.text.length;
      }
    }
    return bytes === 0 ? 0 : Math.round((said * this.#bytes) / bytes);
  }

  /** The format's last event was seen; true where it has none. */
  get terminated(): boolean {
    const terminator = terminatorOf(this.#format.format);
    return terminator === null ? this.#stopped : this.#recent.some((region) => isSaid(region, terminator));
  }

  *#frames(decoder: FrameDecoder): Generator<{ readonly type: string; readonly data: string }> {
    const inOrder = [...this.#recent.slice(this.#next), ...this.#recent.slice(0, this.#next)];
    for (const region of inOrder) yield* decoder.push(region);
    yield* decoder.push(Buffer.from('\n\n'));
  }

  #read(bytes: Buffer, { decoder, reader }: { readonly decoder: FrameDecoder; readonly reader: StreamReader }): void {
    for (const { type, data } of decoder.push(bytes)) {
      for (const event of reader.event(type, data)) {
        if (event.kind === 'start') this.#record.responseModel = event.model === '' ? null : event.model;
        if (event.kind === 'stop') this.#stopped = true;
        if (event.kind === 'error' && !this.begun) this.failure = event.error;
        if (beginsAnswer(event)) this.#reading = null;
      }
    }
  }
}

/** Whether an event's whole data is `text`. */
function isSaid(region: Buffer, text: string): boolean {
  if (!region.includes(text)) return false;
  for (const data of sseData(region)) if (data.toString('latin1').trim() === text) return true;
  return false;
}
