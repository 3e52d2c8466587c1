import { monotonicMs } from '../../base/clock.ts';
import { LlmRecord } from '../record.ts';
import { mayHoldUsage, readModel, UsageReader } from './extract.ts';
import { sseData } from './sse-data.ts';
import { SseRegions } from './sse-regions.ts';

/** Longest JSON answer kept whole; of a longer one the beginning and the end are kept. */
const JSON_HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 64 * 1024;
/** Longest event kept whole; of a longer one the end is kept. */
const EVENT_BYTES = 1024 * 1024;
/** Events looked at for the model's name. */
const MODEL_EVENTS = 8;

/** Watches the body of an LLM answer go by and fills the record. It never changes or delays a byte. */
export interface LlmTap {
  readonly record: LlmRecord;
  /** Body bytes as they pass; valid only during the call. */
  chunk(payload: Buffer): void;
  /** The body has ended or was cut; what was seen until then counts. */
  end(): void;
}

/** {@link createLlmTap} for an answer that tells the usage of what was billed before: only its model is read. */
export function createUnbilledTap(record: LlmRecord, startedMs: number): LlmTap {
  const inner = createLlmTap(new LlmRecord(record.operation, null, null, false), startedMs);
  return {
    record,
    chunk: (payload) => inner.chunk(payload),
    end() {
      inner.end();
      record.responseModel = inner.record.responseModel;
    },
  };
}

type State = 'start' | 'json' | 'stream' | 'other';

/**
 * A tap that tells an SSE stream from a JSON answer by its first byte; anything else (such as a compressed body) is let
 * by unread.
 *
 * @param startedMs monotonic time of the request, from which the time to the first token counts.
 */
export function createLlmTap(record: LlmRecord, startedMs: number, now: () => number = monotonicMs): LlmTap {
  return new Tap(record, startedMs, now);
}

class Tap implements LlmTap {
  readonly record: LlmRecord;
  readonly #startedMs: number;
  readonly #now: () => number;
  readonly #regions: SseRegions;
  readonly #usage: UsageReader;
  #state: State;
  #eventsForModel: number;
  #head: Buffer[];
  #headBytes: number;
  #tail: Buffer[];
  #tailBytes: number;

  constructor(record: LlmRecord, startedMs: number, now: () => number) {
    this.record = record;
    this.#startedMs = startedMs;
    this.#now = now;
    this.#regions = new SseRegions(EVENT_BYTES, (region) => this.#events(region));
    this.#usage = new UsageReader(record);
    this.#state = 'start';
    this.#eventsForModel = MODEL_EVENTS;
    this.#head = [];
    this.#headBytes = 0;
    this.#tail = [];
    this.#tailBytes = 0;
  }

  chunk(payload: Buffer): void {
    if (this.#state === 'start') this.#state = classify(payload);
    if (this.#state === 'stream') this.#regions.chunk(payload);
    else if (this.#state === 'json') this.#keepJson(payload);
  }

  end(): void {
    if (this.#state === 'stream') this.#regions.end();
    else if (this.#state === 'json') this.#readJson();
    this.#state = 'other';
  }

  #events(region: Buffer): void {
    const { record } = this;
    if (record.timeToFirstTokenMs !== null && this.#eventsForModel === 0 && !mayHoldUsage(region)) return;
    for (const data of sseData(region)) {
      record.timeToFirstTokenMs ??= this.#now() - this.#startedMs;
      if (this.#eventsForModel > 0) {
        record.responseModel = readModel(data);
        this.#eventsForModel = record.responseModel === null ? this.#eventsForModel - 1 : 0;
      }
      this.#usage.read(data);
    }
  }

  #keepJson(payload: Buffer): void {
    const forHead = Math.min(payload.length, JSON_HEAD_BYTES - this.#headBytes);
    if (forHead > 0) {
      this.#head.push(Buffer.from(payload.subarray(0, forHead)));
      this.#headBytes += forHead;
    }
    if (forHead === payload.length) return;
    this.#tail.push(Buffer.from(payload.subarray(Math.max(forHead, payload.length - TAIL_BYTES))));
    this.#tailBytes += this.#tail.at(-1)?.length ?? 0;
    if (this.#tailBytes > 2 * TAIL_BYTES) {
      this.#tail = [Buffer.from(Buffer.concat(this.#tail).subarray(-TAIL_BYTES))];
      this.#tailBytes = TAIL_BYTES;
    }
  }

  #readJson(): void {
    const [first] = this.#head;
    const single = first !== undefined && this.#head.length === 1 && this.#tail.length === 0;
    const text = single ? first : Buffer.concat([...this.#head, ...this.#tail]);
    this.#head = [];
    this.#tail = [];
    this.record.responseModel = readModel(text);
    this.#usage.read(text);
  }
}

function classify(payload: Buffer): State {
  for (const c of payload) {
    if (c === 0x20 || c === 0x09 || c === 0x0a || c === 0x0d) continue;
    if (c === 0x7b || c === 0x5b) return 'json';
    // A field name, a comment, or the first byte of a byte order mark.
    return (c >= 0x61 && c <= 0x7a) || c === 0x3a || c === 0xef ? 'stream' : 'other';
  }
  return 'start';
}
