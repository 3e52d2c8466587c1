/** A server's question as its client is to see it: who asks, in the form that the client's revision knows. */
import { mapStrings } from '../wire/2025-11-25/content.ts';
import { withMeta } from '../wire/2026-07-28/envelope.ts';
import { withoutMembers } from '../wire/json-text.ts';
import { isObject } from '../wire/jsonrpc.ts';
import { withoutOwnMeta } from './meta.ts';
import { knownBlock } from './content.ts';

/** The member of `_meta` that names the server that asks. */
export const SERVER_KEY = 'waygate/server';

/**
 * Params (text, maybe '') of a question.
 * @param revision The client's.
 * @param asker The target that asks; '' when there is only one. People read it at the start of the message of an
 * elicitation; sampling, whose messages are for a model, says it in `_meta`.
 */
export function adaptQuestion(revision: string, asker: string, method: string, params: string): string {
  let text = withoutOwnMeta(params);
  if (method === 'elicitation/create') {
    if (revision < '2025-11-25' && text.includes('"mode"')) text = withoutMembers(text, formOnly);
    return asker === '' ? text : labelled(text, asker);
  }
  if (method !== 'sampling/createMessage') return text;
  if (revision < '2025-11-25') text = singleBlocks(revision, text);
  return asker === '' ? text : withMeta(text, new Map([[SERVER_KEY, JSON.stringify(asker)]]));
}

/** The same for an elicitation alone. */
export function labelled(params: string, asker: string): string {
  return mapStrings(params, [['message']], (message) => `[${asker}] ${message}`);
}

/** Before 2025-11-25 every elicitation was a form. */
const formOnly: ReadonlySet<string> = new Set(['mode']);

/** Before 2025-11-25 a message of sampling had one block; several become as many messages. */
function singleBlocks(revision: string, params: string): string {
  const asked = JSON.parse(params === '' ? '{}' : params) as { readonly messages?: unknown };
  const { messages } = asked;
  if (!Array.isArray(messages)) return params;
  const foreign = (message: unknown): boolean => isObject(message) && isForeign(message['content'], revision);
  if (!messages.some(foreign)) return params;
  const single = messages.flatMap((message: unknown) => {
    if (!isObject(message)) return [message];
    const { content } = message;
    const blocks: readonly unknown[] = Array.isArray(content) ? content : [content];
    return blocks.map((block) => ({ ...message, content: knownBlock(block, revision) }));
  });
  return JSON.stringify({ ...asked, messages: single });
}

function isForeign(content: unknown, revision: string): boolean {
  return Array.isArray(content) || knownBlock(content, revision) !== content;
}
