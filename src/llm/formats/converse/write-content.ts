import { PivotRefusal } from '../../pivot/drops.ts';
import type { Block, ThinkingBlock, ToolCallBlock, ToolResultBlock } from '../../pivot/request.ts';
import { wordRule } from '../../pivot/tool-names.ts';
import { toolInput } from '../messages/tool-input.ts';
import type { Turn } from './turns.ts';
import { target } from './write-context.ts';
import type { WriteContext, Written } from './write-context.ts';
import { writeAudio, writeDocument, writeImage } from './write-media.ts';

/** What Converse allows as the name of a tool (service model of bedrock-runtime). */
export const nameRule: ReturnType<typeof wordRule> = wordRule(64);

/** Said where a document stands alone: Converse wants text beside it. */
const besideDocument = 'See the attached document.';
/** Said for a tool that answered nothing: blank text is refused. */
const noOutput = '(no output)';
/** Said for a turn of which nothing can be said: without it, roles would no longer alternate. */
const leftOut: Written = { text: '(left out)' };

/**
 * Writes the turns as messages. Throws LlmBadRequest where nothing is left of any, and through `drops` for what the API
 * cannot take.
 */
export function writeTurns(turns: readonly Turn[], context: WriteContext): readonly WrittenMessage[] {
  const messages = turns.map((turn) => writeTurn(turn, context));
  if (messages.every(({ content }) => content.length === 0)) {
    throw new PivotRefusal('messages', () => `no message is left that ${target} can take`);
  }
  return messages.map((message) => (message.content.length > 0 ? message : { ...message, content: [leftOut] }));
}

/** A message of the body. */
export interface WrittenMessage {
  readonly role: string;
  readonly content: readonly Written[];
}

function writeTurn(turn: Turn, context: WriteContext): WrittenMessage {
  const content = turn.blocks.flatMap((block) => writeBlock(block, turn.role, context));
  if (content.some((block) => 'document' in block) && !content.some((block) => 'text' in block)) {
    content.push({ text: besideDocument });
  }
  return { role: turn.role, content };
}

function writeBlock(block: Block, role: Turn['role'], context: WriteContext): readonly Written[] {
  if (role === 'assistant' && (block.kind === 'image' || block.kind === 'document' || block.kind === 'audio')) {
    context.drops.meaning(`messages[].content[].${block.kind}`, `assistant messages of ${target}`, block);
    return [];
  }
  const written = writeOne(block, context);
  if (written === null) return [];
  return [written, ...context.points.after(cacheOf(block))];
}

function writeOne(block: Block, context: WriteContext): Written | null {
  switch (block.kind) {
    case 'text':
    case 'refusal':
      return { text: block.text };
    case 'image':
      return writeImage(block, context);
    case 'document':
      return writeDocument(block, context);
    case 'audio':
      return writeAudio(block, context);
    case 'thinking':
      return writeReasoning(block);
    case 'toolCall':
      return writeCall(block, context);
    case 'toolResult':
      return writeResult(block, context);
  }
}

function writeReasoning({ text, signature, redacted }: ThinkingBlock): Written {
  if (redacted !== undefined) return { reasoningContent: { redactedContent: redacted } };
  return { reasoningContent: { reasoningText: { text, signature } } };
}

function writeCall(block: ToolCallBlock, { drops, names }: WriteContext): Written {
  const input = toolInput(block.input);
  // A call that the model wrote wrongly stays in the conversation, since its result does.
  if (input === null) drops.hint('messages[].tool_calls.arguments');
  return { toolUse: { toolUseId: block.id, name: names.toTarget(block.name, nameRule), input: input ?? {} } };
}

function writeResult(result: ToolResultBlock, context: WriteContext): Written {
  const content: Written[] = [];
  for (const block of result.blocks) {
    if ((block.kind === 'text' || block.kind === 'refusal') && block.text.trim() === '') continue;
    const written = writeResultBlock(block, context);
    if (written !== null) content.push(written);
  }
  if (content.length === 0) content.push({ text: noOutput });
  const toolUseId = result.callId;
  if (!result.isError) return { toolResult: { toolUseId, content } };
  if (context.facts.converse?.resultStatus === true) return { toolResult: { toolUseId, content, status: 'error' } };
  return { toolResult: { toolUseId, content: [{ text: 'Error:' }, ...content] } };
}

/** `ToolResultContentBlock` has no sound, and nothing of tools. */
function writeResultBlock(block: Block, context: WriteContext): Written | null {
  if (block.kind === 'text' || block.kind === 'refusal') return { text: block.text };
  if (block.kind === 'image') return writeImage(block, context);
  if (block.kind === 'document') return writeDocument(block, context);
  context.drops.meaning(`messages[].content[].content[].${block.kind}`, `results of tools in ${target}`, block);
  return null;
}

/** A cache point can only stand behind a whole result. */
function cacheOf(block: Block): Exclude<ToolResultBlock['cache'], undefined> | undefined {
  const own = 'cache' in block ? block.cache : undefined;
  if (own !== undefined || block.kind !== 'toolResult') return own;
  return block.blocks.map(cacheOf).findLast((cache) => cache !== undefined);
}
