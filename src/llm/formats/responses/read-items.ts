import { LlmBadRequest } from '../../pivot/drops.ts';
import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, CallSignature, Extra, PivotMessage, TextBlock, ToolCallBlock } from '../../pivot/request.ts';
import { optionalArray, optionalString, refuse, requiredObject, requiredString } from '../completions/fields.ts';
import { readEncrypted } from './encrypted.ts';
import { readContent } from './read-content.ts';
import { reasoningText } from './reasoning-text.ts';
import { flatName } from './tool-names.ts';

/** What the items of an input say. */
export interface Conversation {
  readonly system: readonly TextBlock[];
  readonly messages: readonly PivotMessage[];
}

/** Items that only tell what a tool of OpenAI's own did, or that declare tools (which are read with the others). */
const ADVICE: ReadonlySet<string> = new Set([
  'web_search_call',
  'file_search_call',
  'tool_search_call',
  'mcp_list_tools',
]);
const DECLARING: ReadonlySet<string> = new Set(['additional_tools', 'tool_search_output']);

/**
 * Reads `input`. Items of an answer in a row are one assistant turn, results in a row one user turn; instructions become
 * system text wherever they stand.
 *
 * @throws LlmBadRequest
 */
export function readInput(input: unknown, extras: Extra[]): Conversation {
  if (typeof input === 'string' && input !== '') {
    return { system: [], messages: [{ role: 'user', blocks: [{ kind: 'text', text: input }] }] };
  }
  if (!Array.isArray(input) || input.length === 0) return refuse('input', 'a string, or an array of at least one item');
  const reader = new ItemReader(input, extras);
  for (const [index, item] of input.entries()) reader.read(item, `input[${index}]`);
  return reader.done();
}

/** What an item is; one without a type is a message, or, without a role, refers to another. */
function typeOf({ type, role }: JsonObject): string {
  if (typeof type === 'string') return type;
  return role === undefined ? 'item_reference' : 'message';
}

class ItemReader {
  readonly #input: readonly unknown[];
  readonly #extras: Extra[];
  readonly #system: TextBlock[] = [];
  readonly #messages: PivotMessage[] = [];
  /** Blocks of the turn that items of its kind go on with; null after any other. */
  #answer: Block[] | null = null;
  #results: Block[] | null = null;
  /** Of the call that comes next. */
  #signature: CallSignature | null = null;

  constructor(input: readonly unknown[], extras: Extra[]) {
    this.#input = input;
    this.#extras = extras;
  }

  read(value: unknown, path: string): void {
    const item = requiredObject(value, path);
    optionalString(item['type'], `${path}.type`);
    const type = typeOf(item);
    switch (type) {
      case 'message':
        return this.#message(item, path);
      case 'reasoning':
        return this.#reasoning(item, path);
      case 'function_call':
        return this.#call(item, path, 'arguments');
      case 'custom_tool_call':
        return this.#call(item, path, 'input');
      case 'function_call_output':
      case 'custom_tool_call_output':
        return this.#result(item, path);
      case 'item_reference':
        if (this.#holds(item['id'])) return;
        throw new LlmBadRequest(
          `${path} refers to a stored item, and nothing is stored here: send the item itself, as clients do with store: false`,
          path,
        );
      default:
        if (DECLARING.has(type)) return;
        this.#extras.push({ path, value, kind: ADVICE.has(type) ? 'hint' : 'meaning' });
    }
  }

  done(): Conversation {
    return { system: this.#system, messages: this.#messages };
  }

  /** The item that is referred to is sent as well, and is read where it stands. */
  #holds(id: unknown): boolean {
    if (typeof id !== 'string') return false;
    return this.#input.some((item) => isJsonRecord(item) && item['id'] === id && typeOf(item) !== 'item_reference');
  }

  #message(item: JsonObject, path: string): void {
    const role = requiredString(item['role'], `${path}.role`);
    const blocks = readContent(item['content'], `${path}.content`);
    switch (role) {
      case 'system':
      case 'developer':
        this.#system.push(
          ...blocks.map((block) => (block.kind === 'text' ? block : refuse(`${path}.content`, 'text'))),
        );
        return;
      case 'user':
        this.#answer = this.#results = null;
        this.#messages.push({ role, blocks });
        return;
      case 'assistant':
        if (typeof item['phase'] === 'string') {
          this.#extras.push({ path: 'input[].phase', value: item['phase'], kind: 'hint' });
        }
        this.#inAnswer(...blocks);
        return;
      default:
        refuse(`${path}.role`, 'user, assistant, system or developer');
    }
  }

  #reasoning(item: JsonObject, path: string): void {
    const encrypted = optionalString(item['encrypted_content'], `${path}.encrypted_content`) ?? '';
    const id = optionalString(item['id'], `${path}.id`) ?? '';
    optionalArray(item['summary'], `${path}.summary`);
    const read = readEncrypted(id, reasoningText(item), encrypted);
    if (read.kind === 'call') this.#signature = read.signature;
    else if (read.block !== null) this.#inAnswer(read.block);
  }

  #call(item: JsonObject, path: string, member: 'arguments' | 'input'): void {
    const said = item[member] ?? '';
    const namespace = optionalString(item['namespace'], `${path}.namespace`);
    const call: ToolCallBlock = {
      kind: 'toolCall',
      id: requiredString(item['call_id'], `${path}.call_id`),
      name: flatName(requiredString(item['name'], `${path}.name`), namespace),
      // Arguments stay the text that they are; clients that send the object itself mean its text.
      input: typeof said === 'string' ? said : JSON.stringify(said),
      ...(member === 'input' ? { freeform: true as const } : {}),
      ...(this.#signature === null ? {} : { signature: this.#signature }),
      at: path,
    };
    this.#signature = null;
    this.#inAnswer(call);
  }

  #result(item: JsonObject, path: string): void {
    const callId = requiredString(item['call_id'], `${path}.call_id`);
    const blocks = readContent(item['output'], `${path}.output`);
    this.#answer = null;
    if (this.#results === null) {
      this.#results = [];
      this.#messages.push({ role: 'user', blocks: this.#results });
    }
    this.#results.push({ kind: 'toolResult', callId, blocks, isError: false, at: path });
  }

  #inAnswer(...blocks: Block[]): void {
    this.#results = null;
    if (this.#answer === null) {
      this.#answer = [];
      this.#messages.push({ role: 'assistant', blocks: this.#answer });
    }
    this.#answer.push(...blocks);
  }
}
