import { isJsonRecord } from '../json/parse.ts';
import type { FormatPair } from '../formats/table.ts';
import type { AnswerContext, StreamReader, StreamWriter } from '../pivot/format.ts';
import type { FrameDecoder } from '../pivot/framing.ts';
import type { PivotError, PivotEvent, PivotResponse } from '../pivot/response.ts';
import type { ToolNames } from '../pivot/tool-names.ts';

/** The largest answer that is held to be translated whole, in bytes. */
const maximumAnswer = 32 * 1024 * 1024;

/** Rewrites one answer from the upstream's format to the client's, as it comes. */
export interface AnswerTranslator {
  /** Type of the translated body. */
  readonly contentType: string;
  /** It gives text as the answer comes; otherwise all at its end. */
  readonly streams: boolean;
  /** Bytes of the upstream's body; the text to send now, '' for none. */
  chunk(payload: Buffer): string;
  /** The upstream's body is whole: what is left to send. */
  end(): string;
  /** The upstream broke off: what tells the client so in its own format, or null when only cutting the answer can. */
  broken(message: string): string | null;
}

/**
 * The translator for an answer with this status and type: a stream event by event, anything else when it is whole.
 *
 * @param contentType The upstream's, lower case.
 */
export function translateAnswer(
  { client, upstream }: FormatPair,
  status: number,
  contentType: string,
  context: AnswerContext,
  names: ToolNames,
): AnswerTranslator {
  if (status >= 400) return new WholeAnswer((text) => client.writeError(upstream.readError(status, text)));
  const { framing } = upstream;
  if (contentType.startsWith(framing.contentType)) {
    return new StreamedAnswer(framing.decoder(), upstream.streamReader(), client.streamWriter(context), names);
  }
  return new WholeAnswer((text) => {
    const body: unknown = JSON.parse(text);
    if (!isJsonRecord(body)) throw new SyntaxError('the answer is no JSON object');
    return client.writeResponse(renamed(upstream.readResponse(body), names), context);
  });
}

/** Event in, events out, at once. */
class StreamedAnswer implements AnswerTranslator {
  readonly streams = true;
  readonly contentType: string;
  readonly #decoder: FrameDecoder;
  readonly #reader: StreamReader;
  readonly #writer: StreamWriter;
  readonly #names: ToolNames;

  constructor(decoder: FrameDecoder, reader: StreamReader, writer: StreamWriter, names: ToolNames) {
    this.contentType = writer.contentType ?? 'text/event-stream';
    this.#decoder = decoder;
    this.#reader = reader;
    this.#writer = writer;
    this.#names = names;
  }

  chunk(payload: Buffer): string {
    let text = '';
    for (const { type, data } of this.#decoder.push(payload)) {
      for (const event of this.#reader.event(type, data)) text += this.#writer.write(renamedEvent(event, this.#names));
    }
    return text;
  }

  end(): string {
    let text = '';
    for (const event of this.#reader.end()) text += this.#writer.write(event);
    return text;
  }

  broken(message: string): string {
    const error: PivotError = { status: 502, type: 'api_error', message, code: null, param: null };
    return this.#writer.write({ kind: 'error', error }) + this.#writer.write({ kind: 'end' });
  }
}

/** The event with the client's own name of a tool. */
function renamedEvent(event: PivotEvent, names: ToolNames): PivotEvent {
  return event.kind === 'toolStart' ? { ...event, name: names.toClient(event.name) } : event;
}

/** The answer with the client's own names of its tools. */
function renamed(response: PivotResponse, names: ToolNames): PivotResponse {
  const blocks = response.blocks.map((block) =>
    block.kind === 'toolCall' ? { ...block, name: names.toClient(block.name) } : block,
  );
  return { ...response, blocks };
}

class WholeAnswer implements AnswerTranslator {
  readonly streams = false;
  readonly contentType = 'application/json';
  readonly #translate: (text: string) => unknown;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(translate: (text: string) => unknown) {
    this.#translate = translate;
  }

  chunk(payload: Buffer): string {
    this.#size += payload.byteLength;
    if (this.#size > maximumAnswer) throw new RangeError('the answer is too large to be translated');
    this.#chunks.push(Buffer.from(payload));
    return '';
  }

  end(): string {
    return JSON.stringify(this.#translate(Buffer.concat(this.#chunks).toString('utf8')));
  }

  broken(): null {
    return null;
  }
}
