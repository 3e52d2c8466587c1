import type { Block, CacheHint, ThinkingBlock, ToolCallBlock, ToolResultBlock } from '../../pivot/request.ts';
import { wordRule, type TokenRule } from '../../pivot/tool-names.ts';
import type { Written } from './cache-marks.ts';
import { toolInput } from './tool-input.ts';
import type { Turn } from './turns.ts';
import { target } from './write-context.ts';
import type { WriteContext } from './write-context.ts';
import { writeDocument, writeImage } from './write-media.ts';

/** Writes a turn as a message. */
export function writeTurn(turn: Turn, context: WriteContext): Written {
  return { role: turn.role, content: writeBlocks(turn.blocks, context) };
}

/** Writes a text block; one that `marks` may mark. */
export function writeText(text: string, cache: CacheHint | undefined, context: WriteContext): Written {
  return context.marks.mark({ type: 'text', text }, cache);
}

function writeBlocks(blocks: readonly Block[], context: WriteContext): readonly Written[] {
  const written: Written[] = [];
  for (const block of blocks) {
    const one = writeBlock(block, context);
    if (one !== null) written.push(one);
  }
  return written;
}

function writeBlock(block: Block, context: WriteContext): Written | null {
  switch (block.kind) {
    case 'text':
      return writeText(block.text, block.cache, context);
    case 'refusal':
      return { type: 'text', text: block.text };
    case 'image':
      return writeImage(block, context);
    case 'document':
      return writeDocument(block, context);
    case 'audio':
      context.drops.meaning('messages[].input_audio', target, block);
      return null;
    case 'thinking':
      return writeThinkingBlock(block);
    case 'toolCall':
      return writeCall(block, context);
    case 'toolResult':
      return writeResult(block, context);
  }
}

function writeThinkingBlock(block: ThinkingBlock): Written {
  if (block.redacted !== undefined) return { type: 'redacted_thinking', data: block.redacted };
  return { type: 'thinking', thinking: block.text, signature: block.signature };
}

function writeCall(block: ToolCallBlock, context: WriteContext): Written {
  const input = toolInput(block.input);
  // A call that the model wrote wrongly stays in the conversation, since its result does.
  if (input === null) context.drops.hint('messages[].tool_calls.arguments');
  const name = context.names.toTarget(block.name, toolNameRule);
  const call = { type: 'tool_use', id: block.id, name, input: input ?? {} };
  return context.marks.mark(call, block.cache);
}

function writeResult(block: ToolResultBlock, context: WriteContext): Written {
  const result: Written = { type: 'tool_result', tool_use_id: block.callId };
  const content = writeBlocks(
    block.blocks.filter((inner) => inner.kind !== 'text' || inner.text.trim() !== ''),
    context,
  );
  if (content.length > 0) result['content'] = content;
  // The API refuses a failure that says nothing.
  else if (block.isError) result['content'] = [{ type: 'text', text: '(no output)' }];
  if (block.isError) result['is_error'] = true;
  return context.marks.mark(result, block.cache);
}

/** What the API takes as the name of a tool. */
export const toolNameRule: TokenRule = wordRule(128);
