/** Runs a provider's stream through the whole translation, to clients of every API. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ClientFormat, UpstreamFormat } from '../../pivot/format.ts';
import { ToolNames, type TokenRule } from '../../pivot/tool-names.ts';
import { translateAnswer } from '../../translate/answer-translator.ts';
import { upstreamFormats } from '../table.ts';
import { answerContext, pivotRequest } from './pivot.ts';

const unobserved = { model: () => {}, usage: () => {}, rejected: () => {}, held: () => {}, failed: () => {} };

/** What a stream holds that is to reach every client. */
export interface ClientStreamCase {
  readonly upstream: UpstreamFormat;
  readonly bytes: Buffer;
  /** Text and arguments that clients are to find, as JSON strings hold them. */
  readonly found: readonly string[];
  /** A name that the upstream does not take, and its rule. */
  readonly tool: { readonly name: string; readonly rule: TokenRule };
}

/**
 * Makes a test for each API that clients speak: the stream reaches them with all that it holds, the client's own name of
 * the tool included, and how its bytes are cut makes no difference.
 */
export function testClientStreams({ upstream, bytes, found, tool }: ClientStreamCase): void {
  for (const client of upstreamFormats.values()) {
    if (!speaks(client)) continue;
    const read = (pieces: readonly Buffer[]): string => {
      const names = new ToolNames();
      const token = names.toTarget(tool.name, tool.rule);
      const request = pivotRequest({
        stream: true,
        tools: [{ ...tool, description: null, schema: null, strict: null }],
      });
      const pair = { client, upstream };
      const context = answerContext({ request, includeUsage: true });
      const { contentType } = upstream.framing;
      const translator = translateAnswer({ pair, context, names, facts: unobserved }, 200, contentType);
      const text = pieces.map((piece) => translator.chunk(piece)).join('') + translator.end();
      assert.ok(!text.includes(token), 'a name that only the upstream knows');
      return withoutChance(text);
    };

    test(`${client.format} clients get all of a stream, however its bytes are cut`, () => {
      const whole = read([bytes]);
      for (const part of [...found, tool.name]) assert.ok(whole.includes(part), `${part} in ${whole}`);
      fc.assert(
        fc.property(fc.array(fc.nat({ max: bytes.length }), { maxLength: 8 }), (cuts) => {
          const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
          assert.equal(read(at.slice(1).map((end, i) => bytes.subarray(at[i], end))), whole);
        }),
        { numRuns: 40 },
      );
    });
  }
}

function speaks(format: UpstreamFormat | ClientFormat): format is ClientFormat {
  return 'streamWriter' in format;
}

/** Ids that a writer makes up where the upstream gave none differ from one run to the next. */
function withoutChance(text: string): string {
  return text.replace(/("(?:id|\w+_id|responseId)": ?)"[^"]*"/g, '$1"ID"');
}
