import { openSignature } from '../../pivot/signature.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { isObject } from './members.ts';

/**
 * The members of a body that change when the thoughts of other vendors are left out, which Claude cannot read: a body
 * that is not translated must not carry them. An open tool turn that lost its thoughts is gone on with without thinking,
 * as the API wants it.
 */
export function withoutForeignThoughts(body: JsonObject): ReadonlyMap<string, unknown> {
  const changed = new Map<string, unknown>();
  const messages = body['messages'];
  if (!Array.isArray(messages)) return changed;
  let lost = -1;
  const kept = messages.map((message: unknown, index) => {
    const content = isObject(message) ? message['content'] : undefined;
    if (!Array.isArray(content)) return message;
    const own = content.filter((block) => !isForeign(block));
    if (own.length === content.length) return message;
    lost = index;
    return { ...(message as object), content: own };
  });
  if (lost === -1) return changed;
  changed.set(
    'messages',
    kept.filter((message) => !isObject(message) || !isEmpty(message['content'])),
  );
  const thinking = body['thinking'];
  if (lost === messages.length - 2 && isObject(thinking) && thinking['type'] === 'enabled') {
    changed.set('thinking', { type: 'disabled' });
  }
  return changed;
}

function isForeign(block: unknown): boolean {
  if (!isObject(block)) return false;
  const sealed =
    block['type'] === 'thinking' ? block['signature'] : block['type'] === 'redacted_thinking' ? block['data'] : null;
  return typeof sealed === 'string' && openSignature(sealed) !== null;
}

function isEmpty(content: unknown): boolean {
  return Array.isArray(content) && content.length === 0;
}
