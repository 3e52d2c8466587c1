import { isJsonRecord, type JsonRecord } from '../json/parse.ts';
import type { FormatPair } from '../formats/table.ts';
import type { AnswerContext } from '../pivot/format.ts';
import { FreeformAnswer } from '../pivot/freeform.ts';
import type { PivotError, PivotEvent, PivotResponse, PivotUsage } from '../pivot/response.ts';
import type { ToolNames } from '../pivot/tool-names.ts';
import type { SaidSoFar } from '../usage/cut-estimate.ts';
import { CollectedAnswer } from './collected-answer.ts';
import { maximumAnswer } from './maximum-answer.ts';
import { responseEvents } from './response-events.ts';
import { StreamedAnswer } from './streamed-answer.ts';

/** Rewrites one answer from the upstream's format to the client's, as it comes. */
export interface AnswerTranslator extends SaidSoFar {
  /** Type of the translated body. */
  readonly contentType: string;
  /** It gives text as the answer comes; otherwise all at its end. */
  readonly streams: boolean;
  /** Content, a tool call, reasoning or the end was read: until then the answer can still be taken from elsewhere. */
  readonly begun: boolean;
  /** Why the upstream's stream failed before the client was told anything, or null. */
  readonly failure: PivotError | null;
  /** The upstream said why it stopped, and of no error. */
  readonly complete: boolean;
  /** Bytes of the upstream's body; the text to send now, '' for none. */
  chunk(payload: Buffer): string;
  /** The upstream's body is whole: what is left to send. */
  end(): string;
  /** The upstream broke off: what tells the client so in its own format, or null when only cutting the answer can. */
  broken(message: string): string | null;
}

/** Hears what an answer says of itself. */
export interface AnswerFacts {
  model(name: string): void;
  usage(usage: PivotUsage): void;
  /** The upstream answered with an error. */
  failed(error: PivotError): void;
  /** A whole answer that cannot be told to the client: what it used is billed all the same. */
  rejected(body: JsonRecord): void;
  /** Bytes that are held in memory until the answer is whole. May throw to refuse them. */
  held(bytes: number): void;
}

/** What an answer is translated with. */
export interface AnswerTranslation {
  readonly pair: FormatPair;
  readonly context: AnswerContext;
  readonly names: ToolNames;
  readonly facts: AnswerFacts;
  /** What the answer is to name as its model; absent or null: what the provider calls it. */
  readonly model?: string | null;
  /** Fields of the upstream's answer; absent: there are none. */
  readonly field?: (name: string) => string | undefined;
}

/**
 * The translator for an answer with this status and type: a stream event by event, anything else when it is whole. An
 * upstream that answers a request for a stream with one JSON body is told to the client as a stream, and one that streams
 * to a request for none as one answer.
 *
 * @param contentType The upstream's, lower case.
 */
export function translateAnswer(translation: AnswerTranslation, status: number, contentType: string): AnswerTranslator {
  const { pair, context, names, facts } = translation;
  const { client, upstream } = pair;
  if (status >= 400)
    return new WholeAnswer(facts, (text) => {
      const error = upstream.readError(status, text, translation.field);
      facts.failed(error);
      return JSON.stringify(client.writeError(error));
    });
  const told = (answer: PivotResponse): PivotResponse => {
    const response = new FreeformAnswer(context.request).response(renamed(answer, names));
    facts.model(response.model);
    if (response.usage !== null) facts.usage(response.usage);
    const { model = null } = translation;
    return model === null ? response : { ...response, model };
  };
  const whole = (answer: PivotResponse): string => JSON.stringify(client.writeResponse(told(answer), context));
  const { framing } = upstream;
  if (contentType.startsWith(framing.contentType)) {
    const decoder = framing.decoder();
    const reader = upstream.streamReader();
    if (!context.request.stream) return new CollectedAnswer(decoder, reader, facts, whole);
    return new StreamedAnswer(decoder, reader, client.streamWriter(context), translation);
  }
  const read = (text: string): PivotResponse => {
    const body: unknown = JSON.parse(text);
    if (!isJsonRecord(body)) throw new SyntaxError('the answer is no JSON object');
    try {
      return upstream.readResponse(body);
    } catch (error) {
      facts.rejected(body);
      throw error;
    }
  };
  if (!context.request.stream) return new WholeAnswer(facts, (text) => whole(read(text)));
  const writer = client.streamWriter(context);
  return new WholeAnswer(
    facts,
    (text) =>
      responseEvents(told(read(text)))
        .map((event: PivotEvent) => writer.write(event))
        .join(''),
    writer.contentType ?? 'text/event-stream',
  );
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
  readonly counted = 0;
  readonly characters = 0;
  readonly begun = false;
  readonly failure = null;
  readonly complete = true;
  readonly contentType: string;
  readonly #facts: AnswerFacts;
  readonly #translate: (text: string) => string;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(facts: AnswerFacts, translate: (text: string) => string, contentType = 'application/json') {
    this.#facts = facts;
    this.#translate = translate;
    this.contentType = contentType;
  }

  chunk(payload: Buffer): string {
    this.#size += payload.byteLength;
    if (this.#size > maximumAnswer) throw new RangeError('the answer is too large to be translated');
    this.#facts.held(payload.byteLength);
    this.#chunks.push(Buffer.from(payload));
    return '';
  }

  end(): string {
    return this.#translate(Buffer.concat(this.#chunks).toString('utf8'));
  }

  broken(): null {
    return null;
  }
}
