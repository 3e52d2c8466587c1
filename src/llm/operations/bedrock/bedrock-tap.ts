import type { HeaderList } from '../../../net/http/headers.ts';
import { converseFormat } from '../../formats/converse/converse.ts';
import { isJsonRecord, type JsonRecord } from '../../json/parse.ts';
import type { Frame } from '../../pivot/framing.ts';
import type { LlmRecord } from '../../record.ts';
import { applyPivotUsage } from '../../usage/counts.ts';
import { estimateCut } from '../../usage/cut-estimate.ts';
import { UsageReader } from '../../usage/extract.ts';
import { saidCharacters } from '../../usage/said-characters.ts';
import { createLlmTap, type LlmTap } from '../../usage/tap.ts';
import { countOf } from '../reply-members.ts';

/** An answer of Bedrock's own API that is read for its usage. */
export interface BedrockAnswer {
  readonly operation: string;
  readonly fields: HeaderList;
  /** Tokens of the body that was sent, about: what a stream that is cut is counted with. */
  readonly requestTokens: number;
}

/**
 * What reads the usage of an answer of Bedrock's own API. Streams are frames: ConverseStream tells it in an event, the
 * stream of InvokeModel in what the model says and in metrics behind that. InvokeModel tells it in fields of the head, for
 * bodies that do not. Null: the body is read as any.
 */
export function createBedrockTap(record: LlmRecord, answer: BedrockAnswer): LlmTap | null {
  const { operation } = answer;
  if (operation === '/converse-stream') return new StreamTap(record, answer, new ConverseEvents(record));
  if (operation === '/invoke-with-response-stream') return new StreamTap(record, answer, new InvokedEvents(record));
  const usage = countsIn(answer.fields, 'x-amzn-bedrock-input-token-count', 'x-amzn-bedrock-output-token-count');
  return usage === null ? null : new FieldsTap(record, usage);
}

interface Counts {
  readonly input: number;
  readonly output: number;
}

function countsIn(from: { get(name: string): unknown }, input: string, output: string): Counts | null {
  const [read, written] = [countOf(from.get(input)), countOf(from.get(output))];
  return read === null && written === null ? null : { input: read ?? 0, output: written ?? 0 };
}

function apply({ input, output }: Counts, record: LlmRecord): void {
  applyPivotUsage({ input, output, cachedInput: null, cacheWriteInput: null, reasoning: null }, record);
}

function isCounted({ inputTokens, outputTokens }: LlmRecord): boolean {
  return inputTokens !== null || outputTokens !== null;
}

/** Fields of the head count where the body does not: bodies of Claude tell more, what came from a cache. */
class FieldsTap implements LlmTap {
  readonly record: LlmRecord;
  readonly #body: LlmTap;
  readonly #fields: Counts;

  constructor(record: LlmRecord, fields: Counts) {
    this.record = record;
    // No stream: nothing is timed.
    this.#body = createLlmTap(record, 0, () => 0);
    this.#fields = fields;
  }

  chunk(payload: Buffer): void {
    this.#body.chunk(payload);
  }

  end(): void {
    this.#body.end();
    if (!isCounted(this.record)) apply(this.#fields, this.record);
  }
}

/** What reads the frames of one operation's streams. */
interface StreamedEvents {
  /** The usage of all was told. */
  readonly told: boolean;
  /** Characters of text, reasoning and arguments in this frame. Throws SyntaxError. */
  read(frame: Frame): number;
}

class ConverseEvents implements StreamedEvents {
  told = false;
  readonly #record: LlmRecord;
  readonly #reader = converseFormat.streamReader();

  constructor(record: LlmRecord) {
    this.#record = record;
  }

  read({ type, data }: Frame): number {
    let characters = 0;
    for (const event of this.#reader.event(type, data)) {
      if ('text' in event) characters += event.text.length;
      if (event.kind !== 'usage') continue;
      applyPivotUsage(event.usage, this.#record);
      this.told = true;
    }
    return characters;
  }
}

/** The name under which the last event of a stream has what Bedrock counted (Amazon Bedrock user guide, InvokeModelWithResponseStream). */
const METRICS = 'amazon-bedrock-invocationMetrics';

/** Events of the model's own API, each in base64 within a frame. */
class InvokedEvents implements StreamedEvents {
  told = false;
  readonly #record: LlmRecord;
  readonly #usage: UsageReader;

  constructor(record: LlmRecord) {
    this.#record = record;
    this.#usage = new UsageReader(record);
  }

  read({ type, data }: Frame): number {
    if (type !== 'chunk') return 0;
    const { bytes } = JSON.parse(data) as JsonRecord;
    if (typeof bytes !== 'string') return 0;
    const text = Buffer.from(bytes, 'base64');
    const event: unknown = JSON.parse(text.toString('utf8'));
    if (!isJsonRecord(event)) return 0;
    // Claude's first event counts what is read, and next to nothing of what will be written.
    if (this.#usage.read(text) && event['type'] !== 'message_start') this.told = true;
    const metrics = event[METRICS];
    if (!isJsonRecord(metrics)) return saidCharacters(event);
    this.told = true;
    const counts = countsIn(new Map(Object.entries(metrics)), 'inputTokenCount', 'outputTokenCount');
    if (counts !== null && !isCounted(this.#record)) apply(counts, this.#record);
    return 0;
  }
}

class StreamTap implements LlmTap {
  readonly record: LlmRecord;
  readonly #answer: BedrockAnswer;
  readonly #events: StreamedEvents;
  readonly #decoder = converseFormat.framing.decoder();
  #characters = 0;
  #readable = true;

  constructor(record: LlmRecord, answer: BedrockAnswer, events: StreamedEvents) {
    this.record = record;
    this.#answer = answer;
    this.#events = events;
  }

  chunk(payload: Buffer): void {
    if (!this.#readable) return;
    try {
      for (const frame of this.#decoder.push(payload)) this.#characters += this.#events.read(frame);
    } catch (error) {
      // What cannot be read is the client's to judge: the bytes pass.
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      this.#readable = false;
    }
  }

  end(): void {
    if (this.#events.told || this.#characters === 0) return;
    estimateCut(this.record, this.#answer.requestTokens, { counted: 0, characters: this.#characters });
    this.#characters = 0;
  }
}
