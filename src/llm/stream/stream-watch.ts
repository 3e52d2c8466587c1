import { parseJsonRecord } from '../json/parse.ts';
import { skipSpace } from '../json/scan.ts';
import type { UpstreamFormat, StreamReader } from '../pivot/format.ts';
import type { FrameDecoder } from '../pivot/framing.ts';
import type { PivotError, PivotEvent } from '../pivot/response.ts';
import { LlmRecord } from '../record.ts';
import type { SaidSoFar } from '../usage/cut-estimate.ts';
import { mayHoldUsage, UsageReader } from '../usage/extract.ts';
import { saidCharacters } from '../usage/said-characters.ts';
import { sseData } from '../usage/sse-data.ts';
import { terminatorOf } from './endings.ts';

/** How a stream ended. */
export type StreamEnd = 'complete' | 'failed' | 'cut';

/** Regions remembered, in which a stream's reason to stop is looked for at its end. */
const REMEMBERED = 4;

/** Bytes at the end of a stream that said all that it had to say in which an error is looked for all the same. */
const LAST_BYTES = 4096;
/** Without its first quote, which every few bytes have. */
const ERROR = Buffer.from('error"');
const NUMBER = Buffer.from('"sequence_number"');
/** Bytes in which the value of a number's member stands. */
const NUMBER_WINDOW = 32;
const QUOTE = 0x22;
const COLON = 0x3a;
const LETTER_N = 0x6e;

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
  /** Bytes before the last region in which output was counted, the region that began the answer left out; 0: none. */
  #countedAt: number;
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
    this.#countedAt = 0;
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
    const begun = this.begun;
    if (this.#reading !== null) this.#read(bytes, this.#reading);
    const before = this.#bytes;
    this.#bytes += bytes.length;
    this.#recent[this.#next] = bytes;
    this.#next = (this.#next + 1) % REMEMBERED;
    const usage = mayHoldUsage(bytes);
    if (usage && this.#usages(bytes) && begun) this.#countedAt = before;
    return usage;
  }

  /** The stream is over: whether it said all that it had to say. */
  end(): StreamEnd {
    // The last event may lack its blank line.
    if (this.#reading !== null) this.#read(Buffer.from('\n\n'), this.#reading);
    if (this.failure !== null) return 'failed';
    const isOver = this.#stopped || this.terminated;
    if (isOver && !this.#mayHaveFailed()) return 'complete';
    const decoder = this.#format.framing.decoder();
    const reader = this.#format.streamReader();
    const events: PivotEvent[] = [];
    for (const { type, data } of this.#frames(decoder)) events.push(...reader.event(type, data));
    // Where every chunk may have a reason to stop, the last one counts, which only the end shows.
    events.push(...reader.end());
    if (events.some(({ kind }) => kind === 'error')) return 'failed';
    return isOver || events.some(({ kind }) => kind === 'stop') ? 'complete' : 'cut';
  }

  /**
   * How far the answer came, for one that was cut: exact where the last regions are all that came since output was
   * counted, else what they say for as many bytes as came.
   */
  get said(): SaidSoFar {
    const record = new LlmRecord('', null, null, true);
    const usage = new UsageReader(record);
    let isCounted = false;
    let said = 0;
    let characters = 0;
    const regions = this.#inOrder();
    const bytes = regions.reduce((sum, region) => sum + region.length, 0);
    for (const region of regions) {
      for (const data of sseData(region)) {
        const text = saidCharacters(parseJsonRecord(data.toString('utf8')) ?? {});
        said += text;
        characters += text;
        // A count that comes before anything was said is that of a start.
        if (said === 0 && bytes === this.#bytes) continue;
        if (!usage.read(data) || !isSome(record.outputTokens)) continue;
        isCounted = true;
        characters = 0;
      }
    }
    if (!isCounted && bytes > 0) characters = Math.round((characters * (this.#bytes - this.#countedAt)) / bytes);
    return { counted: isCounted || this.#countedAt > 0 ? (this.#record.outputTokens ?? 0) : 0, characters };
  }

  /** The number of an event that is put behind the stream, in a format that numbers them (Responses). */
  get nextNumber(): number {
    const last = this.#inOrder()
      .map(lastNumber)
      .findLast((number) => number !== null);
    return last === undefined || last === null ? 0 : last + 1;
  }

  /** The format's last event was seen; true where it has none. */
  get terminated(): boolean {
    const terminator = terminatorOf(this.#format.format);
    return terminator === null ? this.#stopped : this.#recent.some((region) => isSaid(region, terminator));
  }

  *#frames(decoder: FrameDecoder): Generator<{ readonly type: string; readonly data: string }> {
    for (const region of this.#inOrder()) yield* decoder.push(region);
    yield* decoder.push(Buffer.from('\n\n'));
  }

  /** The regions that are remembered, the oldest first. */
  #inOrder(): readonly Buffer[] {
    return [...this.#recent.slice(this.#next), ...this.#recent.slice(0, this.#next)];
  }

  /** Whether one of the last events may be an error. */
  #mayHaveFailed(): boolean {
    let left = LAST_BYTES;
    for (let back = 1; back <= this.#recent.length && left > 0; back++) {
      const region = this.#recent[(this.#next - back + REMEMBERED) % REMEMBERED] as Buffer;
      if (mayHoldError(region.subarray(-left))) return true;
      left -= region.length;
    }
    return false;
  }

  /** Reads the usage of a region. Whether it counts output. */
  #usages(bytes: Buffer): boolean {
    let found = false;
    for (const data of sseData(bytes)) if (this.#usage.read(data)) found = true;
    return found && isSome(this.#record.outputTokens);
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

/** False when nothing in `region` is named or called an error but the `null` of an event without one. */
function mayHoldError(region: Buffer): boolean {
  for (let at = region.indexOf(ERROR); at !== -1; at = region.indexOf(ERROR, at + ERROR.length)) {
    if (region[at - 1] !== QUOTE) continue;
    const colon = skipSpace(region, at + ERROR.length);
    if (region[colon] !== COLON || region[skipSpace(region, colon + 1)] !== LETTER_N) return true;
  }
  return false;
}

function lastNumber(region: Buffer): number | null {
  const at = region.lastIndexOf(NUMBER);
  if (at === -1) return null;
  const from = at + NUMBER.length;
  const digits = /^\s*:\s*(\d{1,15})/.exec(region.toString('latin1', from, from + NUMBER_WINDOW));
  return digits === null ? null : Number(digits[1]);
}

function isSome(tokens: number | null): boolean {
  return tokens !== null && tokens > 0;
}

/** Whether an event's whole data is `text`. */
function isSaid(region: Buffer, text: string): boolean {
  if (!region.includes(text)) return false;
  for (const data of sseData(region)) if (data.toString('latin1').trim() === text) return true;
  return false;
}
