import { isJsonRecord, type JsonRecord } from '../json/parse.ts';

/** Members of an event beneath which an answer goes on, in any format. */
const places = ['delta', 'content_block', 'choices', 'candidates'];
/** Members that hold what was said; those of Responses are `delta` itself. */
const texts: ReadonlySet<string> = new Set([
  'text',
  'thinking',
  'partial_json',
  'content',
  'arguments',
  'refusal',
  'reasoning',
  'reasoning_content',
]);
/** Members that repeat what others say, or hold no part of the answer. */
const repeats: ReadonlySet<string> = new Set(['thinking_blocks', 'reasoning_details', 'logprobs', 'audio']);
/** Arguments of a call as an object (Gemini). */
const ARGUMENTS = 'args';
/** Responses' and Realtime's sound, whose text has events of its own. */
const sound = /audio\.delta$/;

/**
 * Characters of text, reasoning and arguments that one event of a stream in any format tells, whatever came before it:
 * what a reader of the format would leave out where it did not see the block begin counts, too.
 */
export function saidCharacters(event: JsonRecord): number {
  const { delta, type } = event;
  if (typeof delta === 'string') return typeof type === 'string' && sound.test(type) ? 0 : delta.length;
  let said = 0;
  const open: unknown[] = places.map((name) => event[name]);
  while (open.length > 0) {
    const value = open.pop();
    if (Array.isArray(value)) for (const part of value) open.push(part);
    else if (isJsonRecord(value)) said += textIn(value, open);
  }
  return said;
}

/** Characters in the members of `value`; those that hold more are added to `open`. */
function textIn(value: JsonRecord, open: unknown[]): number {
  let said = 0;
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === 'string') said += texts.has(name) && !isSecondSpelling(name, value) ? member.length : 0;
    else if (name === ARGUMENTS) said += JSON.stringify(member).length;
    else if (!repeats.has(name)) open.push(member);
  }
  return said;
}

/** Reasoning is told in two spellings by servers that suit older clients. */
function isSecondSpelling(name: string, value: JsonRecord): boolean {
  const other = value['reasoning_content'];
  return name === 'reasoning' && typeof other === 'string' && other !== '';
}
