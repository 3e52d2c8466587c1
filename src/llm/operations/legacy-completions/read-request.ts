import { completionsFormat } from '../../formats/completions/completions.ts';
import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject, RequestLine } from '../../pivot/format.ts';
import type { PivotRequest } from '../../pivot/request.ts';

/** What the API takes where a request says nothing. */
const USUAL_MAX_TOKENS = 16;

/** Values of members of this API alone that say what holds anyway; any other value has a meaning that chat lacks. */
const saysNothing: Readonly<Record<string, (value: unknown) => boolean>> = {
  best_of: (value) => value === 1,
  echo: (value) => value === false,
  suffix: (value) => value === '',
};

/**
 * Reads a legacy completion as a chat of one user turn (OpenAI API reference, "Create completion"). `echo`, `suffix`,
 * `logprobs`, `best_of` and `n` above 1 have no chat equivalent that every target knows: they are extras with meaning.
 *
 * @throws LlmBadRequest
 */
export function readRequest(body: JsonObject, line: RequestLine): PivotRequest {
  const { prompt, ...rest } = body;
  const chat: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (saysNothing[name]?.(value) !== true) chat[name] = value;
  }
  const messages = [{ role: 'user', content: onePrompt(prompt) }];
  return completionsFormat.readRequest({ ...chat, max_tokens: chat['max_tokens'] ?? USUAL_MAX_TOKENS, messages }, line);
}

function onePrompt(prompt: unknown): string {
  const list: readonly unknown[] = Array.isArray(prompt) ? prompt : [prompt];
  if (list.length > 0 && list.every((item) => typeof item === 'number' || Array.isArray(item))) {
    throw new LlmBadRequest(
      'prompt: token ids mean nothing to the model that serves this request; send text',
      'prompt',
    );
  }
  if (list.length > 1) {
    throw new LlmBadRequest('prompt: the model that serves this request takes one text at a time', 'prompt');
  }
  const [text] = list;
  if (typeof text !== 'string' || text === '')
    throw new LlmBadRequest('prompt must be a text that is not empty', 'prompt');
  return text;
}
