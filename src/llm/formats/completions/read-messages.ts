import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, Extra, PivotMessage, TextBlock, ToolCallBlock } from '../../pivot/request.ts';
import { googleSignature, readCallId } from './call-id.ts';
import { optionalArray, optionalObject, optionalString, refuse, requiredObject, requiredString } from './fields.ts';
import { readContent, readTextContent } from './read-content.ts';
import { readThinking } from './thinking.ts';

/** What the messages of a body say. */
export interface Conversation {
  readonly system: readonly TextBlock[];
  readonly messages: readonly PivotMessage[];
}

const KNOWN_MEMBERS = new Set(
  'role content name tool_calls tool_call_id function_call refusal reasoning_content reasoning thinking_blocks cache_control'.split(
    ' ',
  ),
);

/**
 * Reads `messages`. Instructions become system text wherever they stand; the results that follow a turn with tool calls
 * are blocks of one user turn, in order.
 *
 * @throws LlmBadRequest
 */
export function readMessages(value: unknown, extras: Extra[]): Conversation {
  if (!Array.isArray(value) || value.length === 0) return refuse('messages', 'an array of at least one message');
  const reader = new ConversationReader(extras);
  for (const [index, message] of value.entries()) reader.read(message, `messages[${index}]`, index);
  return reader.done();
}

class ConversationReader {
  readonly #extras: Extra[];
  readonly #system: TextBlock[] = [];
  readonly #messages: PivotMessage[] = [];
  /** Blocks of the user turn that collects results; null after any other message. */
  #results: Block[] | null = null;
  /** Calls of the legacy API, which have names only, that still wait for their result. */
  readonly #legacyCalls: ToolCallBlock[] = [];

  constructor(extras: Extra[]) {
    this.#extras = extras;
  }

  read(value: unknown, path: string, index: number): void {
    const message = requiredObject(value, path);
    const role = requiredString(message['role'], `${path}.role`);
    this.#noteExtras(message, role, path);
    if (role === 'tool' || role === 'function') return this.#result(message, role, path);
    this.#results = null;
    const { content, cache_control: cache } = message;
    switch (role) {
      case 'system':
      case 'developer':
        this.#requireContent(content, path);
        this.#system.push(...readTextContent(content, `${path}.content`, cache, this.#extras));
        return;
      case 'user':
        this.#requireContent(content, path);
        this.#messages.push({ role, blocks: readContent(content, `${path}.content`, cache, this.#extras) });
        return;
      case 'assistant':
        this.#messages.push({ role, blocks: this.#assistant(message, path, index) });
        return;
      default:
        refuse(`${path}.role`, 'one of system, developer, user, assistant, tool, function');
    }
  }

  done(): Conversation {
    return { system: this.#system, messages: this.#messages };
  }

  #requireContent(content: unknown, path: string): void {
    if (content === undefined || content === null) refuse(`${path}.content`, 'a string or an array of parts');
  }

  #assistant(message: JsonObject, path: string, index: number): Block[] {
    const content = readContent(message['content'], `${path}.content`, message['cache_control'], this.#extras);
    const refusal = optionalString(message['refusal'], `${path}.refusal`);
    const blocks: Block[] = [...readThinking(message), ...content];
    if (refusal !== null && refusal !== '') blocks.push({ kind: 'refusal', text: refusal });
    for (const [at, value] of optionalArray(message['tool_calls'], `${path}.tool_calls`).entries()) {
      blocks.push(this.#toolCall(value, `${path}.tool_calls[${at}]`));
    }
    const legacy = optionalObject(message['function_call'], `${path}.function_call`);
    if (legacy !== null) {
      const call = callBlock(`call_function_${index}`, legacy, `${path}.function_call`);
      this.#legacyCalls.push(call);
      blocks.push(call);
    }
    return blocks;
  }

  #toolCall(value: unknown, path: string): ToolCallBlock {
    const call = requiredObject(value, path);
    const type = optionalString(call['type'], `${path}.type`) ?? 'function';
    if (type !== 'function' && type !== 'custom') refuse(`${path}.type`, 'function or custom');
    const { id, signature } = { ...googleSignature(call), ...readCallId(requiredString(call['id'], `${path}.id`)) };
    const block =
      type === 'custom'
        ? customBlock(id, requiredObject(call['custom'], `${path}.custom`), `${path}.custom`)
        : callBlock(id, requiredObject(call['function'], `${path}.function`), `${path}.function`);
    return signature === undefined ? block : { ...block, signature };
  }

  #result(message: JsonObject, role: 'tool' | 'function', path: string): void {
    const callId =
      role === 'tool'
        ? readCallId(requiredString(message['tool_call_id'], `${path}.tool_call_id`)).id
        : this.#legacyCall(requiredString(message['name'], `${path}.name`), path);
    if (this.#results === null) {
      this.#results = [];
      this.#messages.push({ role: 'user', blocks: this.#results });
    }
    const { content, cache_control: cache } = message;
    const blocks = readContent(content, `${path}.content`, cache, this.#extras);
    this.#results.push({ kind: 'toolResult', callId, blocks, isError: false, at: path });
  }

  #legacyCall(name: string, path: string): string {
    const at = this.#legacyCalls.findIndex((call) => call.name === name);
    const [call] = at === -1 ? [] : this.#legacyCalls.splice(at, 1);
    if (call !== undefined) return call.id;
    throw new LlmBadRequest(`${path} answers a call of "${name}" that no message before it made`, `${path}.name`);
  }

  /** Members without a place. Those of assistant messages describe an answer that is sent back, and advise no one. */
  #noteExtras(message: JsonObject, role: string, path: string): void {
    for (const [name, value] of Object.entries(message)) {
      if (value === null || value === undefined || role === 'function') continue;
      if (KNOWN_MEMBERS.has(name) && name !== 'name') continue;
      const describes = name === 'name' ? role === 'tool' : role === 'assistant' && name !== 'audio';
      if (Array.isArray(value) && value.length === 0) continue;
      this.#extras.push({ path: `${path}.${name}`, value, kind: describes ? 'hint' : 'meaning' });
    }
  }
}

/** Arguments stay the text that they are; clients that send the object itself mean its text. */
function callBlock(id: string, call: JsonObject, path: string): ToolCallBlock {
  const args = call['arguments'] ?? '';
  const input = typeof args === 'string' ? args : JSON.stringify(args);
  return { kind: 'toolCall', id, name: requiredString(call['name'], `${path}.name`), input, at: path };
}

/** The call of a tool whose input is text. */
function customBlock(id: string, call: JsonObject, path: string): ToolCallBlock {
  const input = optionalString(call['input'], `${path}.input`) ?? '';
  return { kind: 'toolCall', id, name: requiredString(call['name'], `${path}.name`), input, at: path };
}
