import type { LlmRouteType, PromptEnrichment, PromptMessage } from '../../model/llm.ts';
import type { BodyDraft } from './draft.ts';

/** Adds configured messages to a body of one format. */
type Enrich = (draft: BodyDraft, prompts: PromptEnrichment) => void;

/** Roles that give instructions; the rest takes part in the conversation. */
const instructs = ({ role }: PromptMessage): boolean => role === 'system' || role === 'developer';
const converses = (message: PromptMessage): boolean => !instructs(message);

/** How each format holds messages. Others have none. */
const formats: ReadonlyMap<LlmRouteType, Enrich> = new Map<LlmRouteType, Enrich>([
  ['completions', (draft, prompts) => extend(draft, 'messages', prompts, ({ role, content }) => ({ role, content }))],
  ['responses', enrichResponses],
  ['messages', enrichMessages],
  ['anthropicTokenCount', enrichMessages],
  ['generateContent', enrichGenerateContent],
]);

/**
 * Puts the configured messages before and after the prompt, in the words of the client's format; instructions go where
 * the format keeps them. The client's own messages stay as they were written.
 */
export function addPrompts(draft: BodyDraft, type: LlmRouteType, prompts: PromptEnrichment): void {
  formats.get(type)?.(draft, prompts);
}

function enrichResponses(draft: BodyDraft, prompts: PromptEnrichment): void {
  if (typeof draft.get('input') === 'string')
    draft.setText('input', `[{"role":"user","content":${draft.textOf('input')}}]`);
  extend(draft, 'input', prompts, ({ role, content }) => ({ role, content }));
}

function enrichMessages(draft: BodyDraft, { prepend, append }: PromptEnrichment): void {
  const system = { prepend: prepend.filter(instructs), append: append.filter(instructs) };
  if (system.prepend.length + system.append.length > 0) {
    if (typeof draft.get('system') === 'string') {
      draft.setText('system', `[{"type":"text","text":${draft.textOf('system')}}]`);
    }
    extend(draft, 'system', system, ({ content }) => ({ type: 'text', text: content }));
  }
  const said = { prepend: prepend.filter(converses), append: append.filter(converses) };
  extend(draft, 'messages', said, ({ role, content }) => ({ role, content }));
}

function enrichGenerateContent(draft: BodyDraft, { prepend, append }: PromptEnrichment): void {
  const system = { prepend: prepend.filter(instructs), append: append.filter(instructs) };
  if (system.prepend.length + system.append.length > 0) {
    const name = draft.has('system_instruction') ? 'system_instruction' : 'systemInstruction';
    const old = draft.get(name);
    const parts =
      typeof old === 'object' && old !== null && 'parts' in old && Array.isArray(old.parts) ? old.parts : [];
    const text = ({ content }: PromptMessage): object => ({ text: content });
    draft.set(name, { parts: [...system.prepend.map(text), ...(parts as unknown[]), ...system.append.map(text)] });
  }
  const said = { prepend: prepend.filter(converses), append: append.filter(converses) };
  extend(draft, 'contents', said, ({ role, content }) => ({
    role: role === 'assistant' ? 'model' : role,
    parts: [{ text: content }],
  }));
}

/** Puts messages at both ends of a list; what it holds stays as it is written. A member that is no list is left alone. */
function extend(
  draft: BodyDraft,
  name: string,
  { prepend, append }: PromptEnrichment,
  write: (message: PromptMessage) => object,
): void {
  if (prepend.length + append.length === 0) return;
  const old = draft.get(name);
  if (old !== undefined && !Array.isArray(old)) return;
  const inner = draft.textOf(name)?.trim().slice(1, -1).trim() ?? '';
  const texts = (messages: readonly PromptMessage[]): string[] => messages.map((m) => JSON.stringify(write(m)));
  const all = [...texts(prepend), ...(inner === '' ? [] : [inner]), ...texts(append)];
  draft.setText(name, `[${all.join(',')}]`);
}
