import { isJsonRecord } from '../../json/parse.ts';
import { randomToken } from '../../../base/random.ts';
import type { JsonObject } from '../../pivot/format.ts';
import { writeDataUrl } from '../data-url.ts';
import { textOf } from './members.ts';

/** How much of an answer's id goes into the ids made for its calls: OpenAI allows 40 characters. */
const tail = 24;

/** What a part of an upstream's answer is. */
export type AnswerPart =
  | { readonly kind: 'text'; readonly text: string; readonly signature: string }
  | { readonly kind: 'thought'; readonly text: string; readonly signature: string }
  | {
      readonly kind: 'call';
      readonly id: string;
      readonly name: string;
      /** JSON text. */
      readonly input: string;
      readonly signature: string;
    };

/** Reads the parts of a candidate, in order; those of Google's own tools become text. */
export function readParts(content: unknown): readonly AnswerPart[] {
  const parts = isJsonRecord(content) ? content['parts'] : undefined;
  if (!Array.isArray(parts)) return [];
  return parts.filter(isJsonRecord).map(readPart);
}

/** The id of a call: its own, or made from the answer's and its place in it, so that both stay the same. */
export function callId(id: string, answerId: string, place: number): string {
  if (id !== '') return id;
  const known = answerId.replace(/[^A-Za-z0-9]/g, '').slice(-tail);
  return `call_${known === '' ? randomToken(12) : known}_${place}`;
}

function readPart(part: JsonObject): AnswerPart {
  const signature = textOf(part['thoughtSignature']);
  const { functionCall } = part;
  if (isJsonRecord(functionCall)) {
    const input = JSON.stringify(functionCall['args'] ?? {});
    return { kind: 'call', id: textOf(functionCall['id']), name: textOf(functionCall['name']), input, signature };
  }
  return { kind: part['thought'] === true ? 'thought' : 'text', text: spoken(part), signature };
}

/** Text of a part. The pivot's answers have no pictures, so one is told as Markdown. */
function spoken({ text, inlineData, executableCode, codeExecutionResult }: JsonObject): string {
  if (typeof text === 'string') return text;
  if (isJsonRecord(inlineData)) {
    const mediaType = textOf(inlineData['mimeType']);
    return `![${mediaType.split('/')[0] ?? ''}](${writeDataUrl({ mediaType, data: textOf(inlineData['data']) })})`;
  }
  if (isJsonRecord(executableCode)) return fenced('python', textOf(executableCode['code']));
  return isJsonRecord(codeExecutionResult) ? fenced('', textOf(codeExecutionResult['output'])) : '';
}

function fenced(language: string, text: string): string {
  return `\n\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;
}
