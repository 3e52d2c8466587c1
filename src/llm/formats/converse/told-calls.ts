import type { Block, PivotMessage, ToolResultBlock } from '../../pivot/request.ts';

/**
 * A conversation whose calls and results are told as text, for requests without tools: Converse refuses blocks of tools
 * where no tools are defined, and tools that the client did not offer must not be there to be called.
 */
export function tellCalls(messages: readonly PivotMessage[]): readonly PivotMessage[] {
  const names = new Map<string, string>();
  return messages.map(({ role, blocks }): PivotMessage => ({
    role,
    blocks: blocks.flatMap((block) => tellBlock(block, names)),
  }));
}

function tellBlock(block: Block, names: Map<string, string>): readonly Block[] {
  if (block.kind === 'toolResult') return tellResult(block, names.get(block.callId) ?? block.callId);
  if (block.kind !== 'toolCall') return [block];
  names.set(block.id, block.name);
  const input = block.input.trim() === '' ? '{}' : block.input;
  return [{ kind: 'text', text: `[called the tool ${block.name} with ${input}]`, ...cacheOf(block) }];
}

function tellResult(result: ToolResultBlock, name: string): readonly Block[] {
  const texts: string[] = [];
  const media: Block[] = [];
  for (const block of result.blocks) {
    if (block.kind === 'text') texts.push(block.text);
    else media.push(block);
  }
  const what = result.isError ? 'the tool failed' : 'the tool answered';
  return [{ kind: 'text', text: `[${what}: ${name}]\n${texts.join('\n')}`.trimEnd(), ...cacheOf(result) }, ...media];
}

function cacheOf({ cache }: Pick<ToolResultBlock, 'cache'>): Pick<ToolResultBlock, 'cache'> {
  return cache === undefined ? {} : { cache };
}
