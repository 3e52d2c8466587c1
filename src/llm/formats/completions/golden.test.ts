import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Drops, LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';
import type { PivotEvent, PivotResponse } from '../../pivot/response.ts';
import { completionsFormat } from './completions.ts';

/** A request that says nothing but its model. */
const emptyRequest: PivotRequest = {
  model: 'm',
  stream: false,
  includeUsage: false,
  system: [],
  messages: [],
  tools: [],
  toolChoice: null,
  parallelTools: null,
  sampling: { temperature: null, topP: null, topK: null, seed: null, frequencyPenalty: null, presencePenalty: null },
  maxTokens: null,
  stop: [],
  output: null,
  reasoning: null,
  user: null,
  extras: [],
};

const CONTEXT = { model: 'asked', now: 1_800_000_000, includeUsage: false };

/** What the golden cases of each folder of `testdata` run: the case's `in` → its `out`. */
const subjects: Readonly<Record<string, (input: never) => unknown>> = {
  'read-request': (body: JsonObject) => refusalOr(() => said(completionsFormat.readRequest(body))),
  'write-request': (input: Partial<PivotRequest>) => {
    const sampling = { ...emptyRequest.sampling, ...input.sampling };
    const request = { ...emptyRequest, ...input, sampling };
    const drops = new Drops('drop');
    const body = completionsFormat.writeRequest(request, drops);
    const rejected = refusalOr(() => {
      completionsFormat.writeRequest(request, new Drops('reject'));
      return undefined;
    });
    return { body, drops: drops.paths, ...(rejected === undefined ? {} : { rejected }) };
  },
  'read-response': (body: JsonObject) => completionsFormat.readResponse(body),
  'write-response': (response: PivotResponse) => completionsFormat.writeResponse(response, CONTEXT),
  'read-stream': (events: readonly string[]) => readStream(events),
  'write-stream': (input: { readonly includeUsage?: boolean; readonly events: readonly PivotEvent[] }) => {
    const writer = completionsFormat.streamWriter({ ...CONTEXT, includeUsage: input.includeUsage ?? false });
    return input.events
      .map((event) => writer.write(event))
      .join('')
      .split('\n\n');
  },
  'read-error': (input: { readonly status: number; readonly body: string }) => {
    const error = completionsFormat.readError(input.status, input.body);
    return { error, written: completionsFormat.writeError(error) };
  },
};

/** All events that the data of a stream's events gives. */
function readStream(events: readonly string[]): PivotEvent[] {
  const reader = completionsFormat.streamReader();
  return [...events.flatMap((data) => reader.event('', data)), ...reader.end()];
}

/** A request without the members that say nothing. */
function said(request: PivotRequest): object {
  const sampling = Object.fromEntries(Object.entries(request.sampling).filter(([, value]) => value !== null));
  const all = Object.entries({ ...request, sampling });
  return Object.fromEntries(all.filter(([, value]) => !['null', 'false', '[]', '{}'].includes(JSON.stringify(value))));
}

function refusalOr<T>(run: () => T): T | { readonly refused: string | null; readonly message: string } {
  try {
    return run();
  } catch (error) {
    if (error instanceof LlmBadRequest) return { refused: error.param, message: error.message };
    throw error;
  }
}

const folder = new URL('testdata/', import.meta.url);
for (const [kind, run] of Object.entries(subjects)) {
  for (const file of readdirSync(new URL(`${kind}/`, folder)).sort()) {
    test(`${kind}: ${file.replace('.json', '').replaceAll('-', ' ')}`, () => {
      const golden: { in: never; out: unknown } = JSON.parse(readFileSync(new URL(`${kind}/${file}`, folder), 'utf8'));
      // Member order is part of the contract: upstream prompt caches compare bytes.
      assert.equal(JSON.stringify(run(golden.in), null, 1), JSON.stringify(golden.out, null, 1));
    });
  }
}

test('every folder of golden cases is run', () => {
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(subjects).sort());
});
