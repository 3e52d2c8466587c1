import type { HeaderList } from '../../../net/http/headers.ts';
import { converseFormat } from '../../formats/converse/converse.ts';
import type { LlmRecord } from '../../record.ts';
import { applyPivotUsage } from '../../usage/counts.ts';
import type { LlmTap } from '../../usage/tap.ts';
import { countOf } from '../reply-members.ts';

/**
 * What reads the usage of an answer of Bedrock's own API where it does not stand in a JSON body: InvokeModel says it in
 * fields of the head, ConverseStream in an event. Null: the body says it.
 */
export function createBedrockTap(record: LlmRecord, operation: string, fields: HeaderList): LlmTap | null {
  if (operation === '/converse-stream') return new StreamTap(record);
  const input = countOf(fields.get('x-amzn-bedrock-input-token-count'));
  const output = countOf(fields.get('x-amzn-bedrock-output-token-count'));
  if (input === null && output === null) return null;
  const usage = { input: input ?? 0, output: output ?? 0, cachedInput: null, cacheWriteInput: null, reasoning: null };
  applyPivotUsage(usage, record);
  return { record, chunk: ignore, end: ignore };
}

class StreamTap implements LlmTap {
  readonly record: LlmRecord;
  readonly #decoder = converseFormat.framing.decoder();
  readonly #reader = converseFormat.streamReader();
  #readable = true;

  constructor(record: LlmRecord) {
    this.record = record;
  }

  chunk(payload: Buffer): void {
    if (!this.#readable) return;
    try {
      for (const { type, data } of this.#decoder.push(payload)) {
        for (const event of this.#reader.event(type, data)) {
          if (event.kind === 'usage') applyPivotUsage(event.usage, this.record);
        }
      }
    } catch (error) {
      // What cannot be read is the client's to judge: the bytes pass.
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      this.#readable = false;
    }
  }

  end(): void {}
}

function ignore(): void {}
