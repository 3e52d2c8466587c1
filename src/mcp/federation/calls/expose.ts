/** Results of servers as their clients are to see them. */
import { withKnownBlocks } from '../../adapt/content.ts';
import { resultIcons, withSafeIcons } from '../../adapt/icons.ts';
import { withoutServerMeta } from '../../adapt/meta.ts';
import { labelled } from '../../adapt/questions.ts';
import { exposeTasks, labelQuestions } from '../../tasks/results.ts';
import { resultType, unstampResult } from '../../wire/2026-07-28/results.ts';
import { EACH, locate, splice, type Span } from '../../wire/json-text.ts';
import { isObject, type Message } from '../../wire/jsonrpc.ts';
import type { Caller } from '../caller.ts';
import type { Federation } from '../federation.ts';
import { shownUri } from '../names/resource-owner.ts';
import { exposeResultUris } from '../names/uris.ts';
import type { Upstream } from '../upstream/upstream.ts';

/** Asks for visits to URLs before a call (2025-11-25, URL elicitation). */
export const URL_REQUIRED = -32042;

/** Where results have blocks of content. */
const blockPaths: ReadonlyMap<string, readonly string[]> = new Map([
  ['tools/call', ['content']],
  ['prompts/get', ['messages', EACH, 'content']],
]);

/** The result (text): with the client's ids, URIs and names, in the form of its revision, and otherwise byte for byte. */
export function exposeResult(federation: Federation, caller: Caller, upstream: Upstream, reply: Message): string {
  const { client, several } = federation;
  // The result of a task is that of its call.
  const method = caller.message.method === 'tasks/result' ? 'tools/call' : caller.message.method;
  let result = exposeTasks(federation, caller, upstream, reply, withoutServerMeta(reply.bodyText));
  if (several) {
    if (resultType(reply) === 'input_required') result = labelQuestions(federation, upstream, result);
    result = exposeResultUris(method, result, (uri) => shownUri(federation, upstream.index, uri));
  }
  result = withSafeIcons(result, resultIcons);
  if (client.sessionless) return result;
  if (upstream.modern) result = unstampResult(result, reply.outcome);
  const blocks = blockPaths.get(method);
  return blocks === undefined ? result : withKnownBlocks(client.revision, result, blocks);
}

/** An error (text) that asks for visits to URLs: it says who asks, and the visits are known when they are done. */
export function showUrls(federation: Federation, upstream: Upstream, error: string): string {
  const asked: Span[] = [];
  locate(error, 0, ['data', 'elicitations', EACH], asked);
  const edits = asked.flatMap((span) => {
    const elicitation = error.slice(span.start, span.end);
    const value = JSON.parse(elicitation) as unknown;
    if (!isObject(value)) return [];
    federation.questions.sent(value['elicitationId']);
    return federation.several ? [{ ...span, text: labelled(elicitation, upstream.name) }] : [];
  });
  return splice(error, edits);
}
