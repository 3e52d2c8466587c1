import type { ChatRequest, ChatTool } from './chat-request.ts';

/** Words that say nothing about what a tool is for. */
const idle = new Set(['get', 'set', 'the', 'and', 'for', 'with', 'this', 'that', 'from', 'what', 'tool', 'function']);

/**
 * The tool to call, or null to answer with text. A choice that the client forces is obeyed; otherwise the demo calls the
 * tool whose name or description shares most words with the last user message, or the first if that message asks for
 * "a tool". After a tool's result it answers with text.
 */
export function chooseTool(request: ChatRequest): ChatTool | null {
  const { tools, toolChoice, messages } = request;
  const [first] = tools;
  if (first === undefined || toolChoice === 'none') return null;
  if (typeof toolChoice === 'object') return tools.find((tool) => tool.name === toolChoice.name) ?? null;
  const last = messages.at(-1);
  const said = wordsOf(last?.role === 'user' ? last.text : '');
  const best = tools.map((tool) => ({ tool, score: score(tool, said) })).reduce((a, b) => (b.score > a.score ? b : a));
  if (best.score > 1) return best.tool;
  return toolChoice === 'required' || said.has('tool') || said.has('tools') ? first : null;
}

/** A word of the name counts two, one of the description one. */
function score(tool: ChatTool, said: ReadonlySet<string>): number {
  const count = (text: string): number => [...wordsOf(text)].filter((word) => !idle.has(word) && said.has(word)).length;
  return 2 * count(tool.name) + count(tool.description);
}

function wordsOf(text: string): Set<string> {
  const spaced = text.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  return new Set(spaced.match(/[\p{L}\p{N}]{3,}/gu) ?? []);
}
