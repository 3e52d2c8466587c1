import { parseJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { Block, ThinkingBlock, ToolCallBlock, ToolResultBlock } from '../../pivot/request.ts';
import type { Written } from './members.ts';
import { google, isReadable, unsignedCall } from './signature.ts';
import { writeName, type WriteContext } from './write-context.ts';
import { writeMedia } from './write-media.ts';

/** Said for a result that is not text. */
const attached = 'The result is attached.';
const follows = 'The result is in the next message.';

/**
 * Writes the parts of a model's turn. Signatures go back to the parts that they came with: those of text stand before or
 * after it, where other APIs can carry them.
 */
export function writeModelParts(blocks: readonly Block[], context: WriteContext): Written[] {
  const parts: Written[] = [];
  let waiting: string | undefined;
  let hasCalls = false;
  for (const block of blocks) {
    switch (block.kind) {
      case 'thinking':
        if (isStripped(block, context)) break;
        if (block.text !== '') parts.push(thought(block));
        else if (isReadable(block.signature) && !signText(parts.at(-1), block.signature)) waiting = block.signature;
        break;
      case 'toolCall': {
        const own = ownSignature(block, context) ?? waiting;
        const signature = own ?? (context.gemini.signedCalls === true && !hasCalls ? unsignedCall : undefined);
        parts.push(signed({ functionCall: writeCall(block, context) }, signature));
        hasCalls = true;
        waiting = undefined;
        break;
      }
      case 'text':
      case 'refusal':
        if (block.text === '') break;
        parts.push(signed({ text: block.text }, waiting));
        waiting = undefined;
        break;
      case 'image':
      case 'document':
      case 'audio':
        push(parts, writeMedia(block, context));
        break;
      case 'toolResult':
        break;
    }
  }
  if (waiting !== undefined) parts.push(signed({ text: '' }, waiting));
  return parts;
}

/** Writes what a user says, results of tools left out. */
export function writeUserParts(blocks: readonly Block[], context: WriteContext): Written[] {
  const parts: Written[] = [];
  for (const block of blocks) {
    if (block.kind === 'text' && block.text !== '') parts.push({ text: block.text });
    else if (block.kind === 'image' || block.kind === 'document' || block.kind === 'audio') {
      push(parts, writeMedia(block, context));
    }
  }
  return parts;
}

/**
 * Writes the result of a call. Its text stays text, so that `$ref` inside it refers to nothing.
 *
 * @param rest Takes what a result cannot hold, after a line that says whose it is.
 */
export function writeResult(
  { blocks, isError }: ToolResultBlock,
  call: ToolCallBlock,
  rest: Written[],
  context: WriteContext,
): Written {
  const texts: string[] = [];
  const media: Written[] = [];
  for (const block of blocks) {
    if (block.kind === 'text' || block.kind === 'refusal') texts.push(block.text);
    else if (block.kind === 'image' || block.kind === 'document' || block.kind === 'audio') {
      const part = writeMedia(block, context);
      if (typeof part?.['text'] === 'string') texts.push(part['text']);
      else push(media, part);
    }
  }
  const name = writeName(call.name, context);
  const isInside = context.gemini.mediaResults === true;
  if (media.length > 0 && !isInside) rest.push({ text: `Result of the tool call ${name}:` }, ...media);
  const silent = media.length === 0 ? '' : isInside ? attached : follows;
  const output = texts.length === 0 ? silent : texts.join('\n');
  return {
    functionResponse: {
      ...(context.gemini.callIds === true ? { id: call.id } : {}),
      name,
      response: isError ? { error: output } : { output },
      ...(media.length > 0 && isInside ? { parts: media } : {}),
    },
  };
}

/** Reasoning of others says nothing to Gemini. */
function isStripped({ vendor }: ThinkingBlock, { drops }: WriteContext): boolean {
  if (vendor === google) return false;
  drops.hint('messages[].thinking');
  return true;
}

function thought({ text, signature }: ThinkingBlock): Written {
  return signed({ text, thought: true }, isReadable(signature) ? signature : undefined);
}

function signed(part: Written, signature: string | undefined): Written {
  return signature === undefined ? part : { ...part, thoughtSignature: signature };
}

/** Signs the text that `part` is; false where it is none, or is signed. */
function signText(part: Written | undefined, signature: string): boolean {
  if (part === undefined || typeof part['text'] !== 'string') return false;
  if (part['thought'] !== undefined || part['thoughtSignature'] !== undefined) return false;
  part['thoughtSignature'] = signature;
  return true;
}

function ownSignature({ signature }: ToolCallBlock, { drops }: WriteContext): string | undefined {
  if (signature === undefined) return undefined;
  if (signature.vendor === google && isReadable(signature.data)) return signature.data;
  drops.hint('messages[].tool_calls.signature');
  return undefined;
}

function writeCall({ id, name, input }: ToolCallBlock, context: WriteContext): Written {
  const args = parseArguments(input);
  // A call that the model wrote wrongly stays in the conversation, since its result does.
  if (args === null) context.drops.hint('messages[].tool_calls.arguments');
  return { ...(context.gemini.callIds === true ? { id } : {}), name: writeName(name, context), args: args ?? {} };
}

function parseArguments(input: string): JsonObject | null {
  if (input.trim() === '') return {};
  return parseJsonRecord(input);
}

function push(parts: Written[], part: Written | null): void {
  if (part !== null) parts.push(part);
}
