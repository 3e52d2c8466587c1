/** Runs the golden cases of a format: files `testdata/<kind>/<clause>.json`, each `{ "in": …, "out": … }`. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { GatewayError } from '../../../base/errors.ts';
import { LlmBadRequest } from '../../pivot/drops.ts';
import type { AnswerContext, ChatFormat, JsonObject, RequestLine, UpstreamFormat } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import type { PivotEvent, PivotResponse } from '../../pivot/response.ts';
import { answerContext, bodyOnly, pivotRequest, placeless, requestContext, type PartialRequest } from './pivot.ts';

type Subjects = Readonly<Record<string, (input: never) => unknown>>;

/** A frame of a stream: its data, or its name and its data. */
type GoldenFrame = string | readonly [event: string, data: string];

interface WriteCase extends Partial<Pick<AnswerContext, 'includeUsage' | 'body' | 'query'>> {
  readonly request?: PartialRequest;
}

/** What a format that only providers speak has to show. */
export function upstreamSubjects(format: UpstreamFormat): Subjects {
  return {
    'write-request': (input: PartialRequest) => {
      const request = pivotRequest(input);
      const context = requestContext(request.model, 'drop');
      const body = refusalOr(() => format.writeRequest(request, context));
      if ('refused' in body) return body;
      const rejected = refusalOr(() => {
        format.writeRequest(request, requestContext(request.model, 'reject'));
        return undefined;
      });
      return { body, drops: context.drops.paths, ...(rejected === undefined ? {} : { rejected }) };
    },
    'read-response': (body: JsonObject) => refusalOr(() => format.readResponse(body)),
    'read-stream': (frames: readonly GoldenFrame[]) => readStream(format, frames),
    'read-error': (input: { readonly status: number; readonly body: string }) =>
      format.readError(input.status, input.body),
  };
}

/** What a format that clients speak too has to show. */
export function chatSubjects(format: ChatFormat): Subjects {
  return {
    ...upstreamSubjects(format),
    'read-request': ({ line, ...body }: JsonObject & { readonly line?: RequestLine }) =>
      refusalOr(() => said(format.readRequest(body, line ?? bodyOnly))),
    'write-response': ({ response, request, ...rest }: WriteCase & { readonly response: PivotResponse }) =>
      format.writeResponse(response, answerContext({ ...rest, request: pivotRequest(request ?? {}) })),
    'write-stream': ({ events, request, ...rest }: WriteCase & { readonly events: readonly PivotEvent[] }) => {
      const writer = format.streamWriter(answerContext({ ...rest, request: pivotRequest(request ?? {}) }));
      return events
        .map((event) => writer.write(event))
        .join('')
        .split('\n\n');
    },
    'read-error': (input: { readonly status: number; readonly body: string }) => {
      const error = format.readError(input.status, input.body);
      return { error, written: format.writeError(error) };
    },
  };
}

/** Makes a test of every case below `folder`. Throws TypeError for a folder there that is none of `subjects`. */
export function testGoldenCases(subjects: Subjects, folder: URL): void {
  for (const kind of readdirSync(folder).sort()) {
    const run = subjects[kind];
    if (run === undefined) throw new TypeError(`there are no golden cases of ${kind}`);
    for (const file of readdirSync(new URL(`${kind}/`, folder)).sort()) {
      test(`${kind}: ${file.replace('.json', '').replaceAll('-', ' ')}`, () => {
        const golden: { in: never; out: unknown } = JSON.parse(
          readFileSync(new URL(`${kind}/${file}`, folder), 'utf8'),
        );
        // Member order is part of the contract: upstream prompt caches compare bytes.
        const out: unknown = JSON.parse(JSON.stringify(run(golden.in)));
        assert.equal(JSON.stringify(out, null, 1), JSON.stringify(golden.out, null, 1));
      });
    }
  }
}

/** All events that the frames of a stream give. */
export function readStream(format: UpstreamFormat, frames: readonly GoldenFrame[]): PivotEvent[] {
  const reader = format.streamReader();
  const events = frames.flatMap((frame) =>
    typeof frame === 'string' ? reader.event('', frame) : reader.event(frame[0], frame[1]),
  );
  return [...events, ...reader.end()];
}

/** A request without the members that say nothing, and without the places of the rest. */
function said(request: PivotRequest): object {
  const sampling = Object.fromEntries(Object.entries(request.sampling).filter(([, value]) => value !== null));
  const all = Object.entries({ ...placeless(request), sampling });
  return Object.fromEntries(all.filter(([, value]) => !['null', 'false', '[]', '{}'].includes(JSON.stringify(value))));
}

function refusalOr<T>(run: () => T): T | { readonly refused: string | null; readonly message: string } {
  try {
    return run();
  } catch (error) {
    if (error instanceof LlmBadRequest) return { refused: error.param, message: error.message };
    if (error instanceof GatewayError) return { refused: null, message: error.message };
    throw error;
  }
}
