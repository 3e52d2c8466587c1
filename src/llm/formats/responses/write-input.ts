import { PivotRefusal } from '../../pivot/drops.ts';
import type { JsonObject, RequestContext } from '../../pivot/format.ts';
import type {
  Block,
  PivotMessage,
  PivotTool,
  ThinkingBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../pivot/request.ts';
import { toToken, wordRule } from '../../pivot/tool-names.ts';
import { HOME, readHomeSignature } from './encrypted.ts';
import { summaryPart } from './output-items.ts';
import { TARGET, textPart, writePart } from './write-content.ts';

/** Most characters of an id. */
const LONGEST_ID = 64;

/** Names of tools and ids of calls: OpenAI's alphabet and length. */
export const nameRule: ReturnType<typeof wordRule> = wordRule(LONGEST_ID);

/** Writes the items of `input`. @throws LlmBadRequest */
export function writeInput(
  messages: readonly PivotMessage[],
  tools: readonly PivotTool[],
  context: RequestContext,
): JsonObject[] {
  const writer = new InputWriter(tools, context);
  for (const message of messages) writer.write(message);
  if (writer.items.length === 0) throw new PivotRefusal('messages', () => `no message is left that ${TARGET} can take`);
  return writer.items;
}

class InputWriter {
  readonly items: JsonObject[] = [];
  readonly #context: RequestContext;
  /** Names of freeform tools, and ids of their calls. */
  readonly #freeform: ReadonlySet<string>;
  readonly #freeformCalls = new Set<string>();

  constructor(tools: readonly PivotTool[], context: RequestContext) {
    this.#context = context;
    this.#freeform = new Set(tools.filter((tool) => tool.freeform !== undefined).map((tool) => tool.name));
  }

  write({ role, blocks }: PivotMessage): void {
    if (role === 'user') this.#user(blocks);
    else this.#assistant(blocks);
  }

  #user(blocks: readonly Block[]): void {
    let parts: JsonObject[] = [];
    for (const block of blocks) {
      if (block.kind === 'toolResult') {
        this.#said(parts);
        parts = [];
        this.items.push(this.#result(block));
        continue;
      }
      const part = writePart(block, this.#context.drops);
      if (part !== null) parts.push(part);
    }
    this.#said(parts);
  }

  #said(content: readonly JsonObject[]): void {
    if (content.length > 0) this.items.push({ type: 'message', role: 'user', content });
  }

  /** A thought is only valid right before what it led to, so that one which led to nothing is left out. */
  #assistant(blocks: readonly Block[]): void {
    const { drops } = this.#context;
    let thoughts: JsonObject[] = [];
    let text = '';
    const answer = (...items: JsonObject[]): void => {
      if (text !== '') this.items.push({ type: 'message', role: 'assistant', content: text });
      text = '';
      this.items.push(...items);
    };
    for (const block of blocks) {
      if ('cache' in block) drops.hint('messages[].cache_control');
      switch (block.kind) {
        case 'text':
        case 'refusal':
          if (block.text !== '') this.items.push(...thoughts.splice(0));
          text += block.text;
          break;
        case 'thinking': {
          answer();
          const thought = this.#thought(block);
          if (thought !== null) thoughts.push(thought);
          break;
        }
        case 'toolCall':
          answer(...thoughts.splice(0), this.#call(block));
          break;
        default:
          drops.meaning(`messages[].content[].${block.kind}`, `assistant messages of ${TARGET}`, block);
      }
    }
    answer();
    if (thoughts.length > 0) drops.hint('messages[].thinking');
    thoughts = [];
  }

  /** Only what OpenAI encrypted can go back to it. */
  #thought({ text, vendor, signature }: ThinkingBlock): JsonObject | null {
    const own = vendor === HOME ? readHomeSignature(signature) : null;
    if (own === null) {
      this.#context.drops.hint('messages[].thinking');
      return null;
    }
    return {
      type: 'reasoning',
      // Ids of others that copy the API may be longer than it takes.
      ...(own.id === '' || own.id.length > LONGEST_ID ? {} : { id: own.id }),
      summary: text === '' ? [] : [summaryPart(text)],
      encrypted_content: own.content,
    };
  }

  #call({ id, name, input, freeform, signature }: ToolCallBlock): JsonObject {
    const { drops, names } = this.#context;
    if (signature !== undefined) drops.hint('messages[].tool_calls[].signature');
    const named = { call_id: toToken(id, nameRule), name: names.toTarget(name, nameRule) };
    if (freeform !== true && !this.#freeform.has(name)) {
      return { type: 'function_call', ...named, arguments: input === '' ? '{}' : input };
    }
    this.#freeformCalls.add(id);
    return { type: 'custom_tool_call', ...named, input };
  }

  #result({ callId, blocks, isError, cache }: ToolResultBlock): JsonObject {
    const { drops } = this.#context;
    if (cache !== undefined) drops.hint('messages[].cache_control');
    const parts = blocks.map((block) => writePart(block, drops)).filter((part) => part !== null);
    const type = this.#freeformCalls.has(callId) ? 'custom_tool_call_output' : 'function_call_output';
    return { type, call_id: toToken(callId, nameRule), output: outputOf(parts, isError) };
  }
}

/** One text is a string, other results are parts. A failure is told in words, for which there is no member. */
function outputOf(parts: readonly JsonObject[], isError: boolean): unknown {
  const [only = textPart('')] = parts;
  if (parts.length > 1 || only['type'] !== 'input_text') return isError ? [textPart('Error:'), ...parts] : parts;
  const text = String(only['text']);
  if (!isError) return text;
  return text === '' ? 'Error' : `Error: ${text}`;
}
