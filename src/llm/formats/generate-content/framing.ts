import { StringDecoder } from 'node:string_decoder';
import { sseFraming, type Frame, type FrameDecoder, type Framing } from '../../pivot/framing.ts';

/** The longest error outside of events, in characters. */
const longestError = 1024 * 1024;
const newlines: ReadonlySet<number | undefined> = new Set([0x0a, 0x0d]);
const braces: ReadonlySet<number | undefined> = new Set([0x7b, 0x5b]);
const starts: readonly string[] = ['\n{', '\n[', '\r{', '\r['];

/**
 * Server-sent events with `alt=sse`. An error that comes up later stands after them as bare JSON, which the rules of
 * events pass over (`throwIfStreamErrorChunk` of @google/genai 3 looks for it); here it is the last frame.
 */
export const generateContentFraming: Framing = {
  contentType: sseFraming.contentType,
  decoder: () => new GenerateContentDecoder(),
};

class GenerateContentDecoder implements FrameDecoder {
  readonly #events: FrameDecoder = sseFraming.decoder();
  readonly #text = new StringDecoder('utf8');
  #isLineStart = true;
  /** Text of the bare JSON so far; null while there are events. */
  #bare: string | null = null;

  push(chunk: Uint8Array): readonly Frame[] {
    if (this.#bare !== null) return this.#addBare(chunk);
    const at = this.#bareStart(chunk);
    if (at !== -1) {
      this.#bare = '';
      return [...this.#events.push(chunk.subarray(0, at)), ...this.#addBare(chunk.subarray(at))];
    }
    if (chunk.length > 0) this.#isLineStart = newlines.has(chunk.at(-1));
    return this.#events.push(chunk);
  }

  /** Where a line begins as JSON, which no line of an event does; -1 for nowhere. */
  #bareStart(chunk: Uint8Array): number {
    if (this.#isLineStart && braces.has(chunk[0])) return 0;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const found = starts.map((start) => bytes.indexOf(start)).filter((at) => at !== -1);
    return found.length === 0 ? -1 : Math.min(...found) + 1;
  }

  #addBare(chunk: Uint8Array): readonly Frame[] {
    this.#bare += this.#text.write(Buffer.from(chunk));
    const text = this.#bare ?? '';
    if (text.length > longestError) throw new RangeError('the error of a stream is too long');
    const value = parse(text);
    if (value === undefined) return [];
    this.#bare = '';
    return [{ type: '', data: JSON.stringify(Array.isArray(value) ? value[0] : value) }];
  }
}

function parse(text: string): unknown {
  if (!/[}\]]\s*$/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
