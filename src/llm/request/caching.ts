import type { LlmRouteType, PromptCachingSpec } from '../../model/llm.ts';
import { rewriteJsonObject } from '../json/rewrite.ts';
import { scanJsonArray, scanJsonObject, type JsonSpan } from '../json/scan.ts';
import type { ModelFacts } from '../models/facts.ts';
import type { BodyDraft } from './draft.ts';

/** Characters of a body for each token, by rule of thumb. */
const charactersPerToken = 4;

const anthropicMark = new Map([['cache_control', '{"type":"ephemeral"}']]);
const bedrockPoint = '{"cachePoint":{"type":"default"}}';

type AddPoints = (draft: BodyDraft, spec: PromptCachingSpec, facts: ModelFacts) => void;

/** How providers want cache points marked; the others cache by themselves, or not at all. */
const formats: ReadonlyMap<LlmRouteType, { readonly marks: string; readonly add: AddPoints }> = new Map([
  ['messages' as const, { marks: '"cache_control"', add: markMessages }],
  ['converse' as const, { marks: '"cachePoint"', add: markConverse }],
]);

/**
 * Puts cache points into a body in the provider's format. A prompt that has its own is left as it is: its author knows
 * better, and providers allow only four.
 */
export function addCachePoints(draft: BodyDraft, type: LlmRouteType, spec: PromptCachingSpec, facts: ModelFacts): void {
  const format = formats.get(type);
  if (format === undefined) return;
  const parts = ['system', 'tools', 'toolConfig', 'messages'].map((name) => draft.textOf(name) ?? '');
  if (parts.some((text) => text.includes(format.marks))) return;
  const characters = parts.reduce((sum, text) => sum + text.length, 0);
  if (characters / charactersPerToken >= spec.minTokens) format.add(draft, spec, facts);
}

function markMessages(draft: BodyDraft, spec: PromptCachingSpec): void {
  if (spec.tools) markLast(draft, 'tools');
  if (spec.system) {
    const system = draft.get('system');
    if (typeof system === 'string' && system !== '') {
      draft.setText('system', `[{"type":"text","text":${draft.textOf('system')}}]`);
    }
    markLast(draft, 'system');
  }
  if (spec.messages) {
    editMessage(draft, spec.messageOffset, (text, content) => {
      const value = text.toString('utf8', content.start, content.end);
      if (value.startsWith('"')) return value === '""' ? null : markedBlock(`[{"type":"text","text":${value}}]`);
      return markedBlock(value);
    });
  }
}

/** `name`'s last element gets a mark. */
function markLast(draft: BodyDraft, name: string): void {
  if (!Array.isArray(draft.get(name))) return;
  const marked = markedBlock(draft.textOf(name) ?? '[]');
  if (marked !== null) draft.setText(name, marked);
}

/** The array with a mark at its last element that may carry one; null where none may. */
function markedBlock(array: string): string | null {
  const text = Buffer.from(array);
  const element = scanJsonArray(text, 0).findLast(({ start, end }) => canCarryMark(text.toString('utf8', start, end)));
  if (element === undefined) return null;
  return rewriteJsonObject(text, scanJsonObject(text, element.start), anthropicMark).toString();
}

/** Anthropic refuses marks at reasoning and at empty text. */
function canCarryMark(element: string): boolean {
  const block: unknown = JSON.parse(element);
  if (typeof block !== 'object' || block === null) return false;
  const { type, text } = block as { readonly type?: unknown; readonly text?: unknown };
  return type !== 'thinking' && type !== 'redacted_thinking' && text !== '';
}

function markConverse(draft: BodyDraft, spec: PromptCachingSpec, facts: ModelFacts): void {
  const cache = facts.converse?.cache;
  if (cache === undefined) return;
  if (spec.tools && cache.tools) {
    const config = draft.textOf('toolConfig');
    const tools = config === undefined ? undefined : memberOf(Buffer.from(config), 0, 'tools');
    if (config !== undefined && tools !== undefined) {
      const text = Buffer.from(config);
      draft.setText('toolConfig', spliced(text, tools, withPoint(text.toString('utf8', tools.start, tools.end))));
    }
  }
  const system = draft.textOf('system');
  if (spec.system && system !== undefined) draft.setText('system', withPoint(system));
  if (spec.messages) {
    editMessage(draft, spec.messageOffset, (text, content) =>
      withPoint(text.toString('utf8', content.start, content.end)),
    );
  }
}

function withPoint(array: string): string {
  const inner = array.trim().slice(1, -1).trim();
  return inner === '' ? '[]' : `[${inner},${bedrockPoint}]`;
}

/** Replaces the content of the message that is `offset` before the last; all other bytes stay. */
function editMessage(draft: BodyDraft, offset: number, edit: (text: Buffer, content: JsonSpan) => string | null): void {
  if (!Array.isArray(draft.get('messages'))) return;
  const text = Buffer.from(draft.textOf('messages') ?? '[]');
  const message = scanJsonArray(text, 0).at(-1 - offset);
  const content = message === undefined ? undefined : memberOf(text, message.start, 'content');
  const edited = content === undefined ? null : edit(text, content);
  if (content !== undefined && edited !== null) draft.setText('messages', spliced(text, content, edited));
}

function memberOf(text: Buffer, from: number, name: string): JsonSpan | undefined {
  const member = scanJsonObject(text, from).members.findLast((candidate) => candidate.name === name);
  return member === undefined ? undefined : { start: member.valueStart, end: member.valueEnd };
}

function spliced(text: Buffer, { start, end }: JsonSpan, value: string): string {
  return text.toString('utf8', 0, start) + value + text.toString('utf8', end);
}
