/** Every client format before every upstream format, with one conversation and one answer each. */
import { readFileSync } from 'node:fs';
import { EventStreamCodec } from '@smithy/eventstream-codec';
import { chatFormat, upstreamFormats, type FormatPair } from '../../formats/table.ts';
import { modelFacts } from '../../models/table.ts';
import type { UnsupportedMode } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { folderOf } from '../../testing/models.ts';
import { translateAnswer } from '../answer-translator.ts';
import { translateRequest, type ClientRequest, type TranslatedRequest } from '../translation.ts';

/** What the upstream of a format answers in the tests. */
export interface UpstreamCase {
  readonly model: string;
  readonly answer: JsonObject;
  /** Text, or the frames of an AWS event stream: name and data. */
  readonly stream: string | readonly (readonly [string, unknown])[];
  readonly error: { readonly status: number; readonly body: string };
}

/** Seconds since the Unix epoch, for answers that say when they were made. */
const now = 1_800_000_000;
const clientNames = ['completions', 'responses', 'messages', 'generateContent'] as const;
/** An id that the gateway makes at random, because the upstream gave none. */
const madeId =
  /((?:chatcmpl|resp|rs|msg|fc|ctc|call)[-_]|"responseId":")(?:[A-Za-z0-9_-]{24}|[A-Za-z0-9_-]{16})(?=["_])/g;
const data = new URL('../testdata/', import.meta.url);
const utf8 = {
  toUtf8: (bytes: Uint8Array): string => Buffer.from(bytes).toString(),
  fromUtf8: (text: string): Buffer => Buffer.from(text),
};

/** One cell of the matrix. */
export interface Cell {
  readonly client: string;
  readonly upstream: string;
  readonly pair: FormatPair;
  readonly request: ClientRequest;
  readonly answers: UpstreamCase;
}

/** Every cell but those where both sides speak the same, in which nothing is translated. */
export const cells: readonly Cell[] = clientNames.flatMap((name) =>
  [...upstreamFormats].flatMap(([target, upstream]): Cell[] => {
    const client = chatFormat(name);
    if (client === null || name === target) return [];
    return [
      {
        client: folderOf(name),
        upstream: folderOf(target),
        pair: { client, upstream },
        request: read<ClientRequest>(`clients/${folderOf(name)}.json`),
        answers: read<UpstreamCase>(`upstreams/${folderOf(target)}.json`),
      },
    ];
  }),
);

function read<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, data), 'utf8')) as T;
}

/** The request of a cell, streamed or not. Throws Error for one that is refused. */
export function ask(
  { pair, answers }: Cell,
  request: ClientRequest,
  stream: boolean,
  unsupported: UnsupportedMode = 'drop',
): TranslatedRequest {
  const line = { ...request.line, stream: request.line.stream === null ? null : stream };
  const body = 'stream' in request.body ? { ...request.body, stream } : request.body;
  const { model } = answers;
  const options = { model, unsupported, facts: modelFacts(model), dialect: null, now };
  const asked = translateRequest(pair, { ...request, line, body }, options);
  if (!('written' in asked)) throw new Error(JSON.stringify(asked));
  return asked;
}

/** The client's answer for the upstream's bytes, in any chunks. */
export function answer(
  { pair }: Cell,
  asked: TranslatedRequest,
  status: number,
  contentType: string,
  chunks: readonly Buffer[],
): string {
  const facts = { model: ignore, usage: ignore, rejected: ignore, held: ignore, failed: ignore };
  const translator = translateAnswer({ pair, context: asked.context, names: asked.names, facts }, status, contentType);
  const text = chunks.map((chunk) => translator.chunk(chunk)).join('') + translator.end();
  return text.replace(madeId, '$1made-here');
}

function ignore(): void {}

/** The bytes of an upstream's stream. */
export function streamBytes({ answers: { stream } }: Cell): Buffer {
  if (typeof stream === 'string') return Buffer.from(stream);
  const codec = new EventStreamCodec(utf8.toUtf8, utf8.fromUtf8);
  return Buffer.concat(
    stream.map(([type, body]) =>
      codec.encode({
        headers: {
          ':event-type': { type: 'string', value: type },
          ':content-type': { type: 'string', value: 'application/json' },
          ':message-type': { type: 'string', value: 'event' },
        },
        body: Buffer.from(JSON.stringify(body)),
      }),
    ),
  );
}

/** The type of an upstream's stream. */
export function streamType({ pair }: Cell): string {
  return pair.upstream.framing.contentType;
}
