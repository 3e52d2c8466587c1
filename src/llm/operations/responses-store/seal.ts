import { parseJsonObject } from '../../json/parse.ts';
import { scanJsonObject, type JsonMember } from '../../json/scan.ts';
import { openId, sealId } from './response-id.ts';

/** Members of a response that hold ids of responses. */
const idMembers: ReadonlySet<string> = new Set(['id', 'previous_response_id']);
const QUOTE = 0x22;
const OPEN_OBJECT = 0x7b;
const LF = 0x0a;
const CR = 0x0d;
const DATA = Buffer.from('data:');
/** What the events have that carry a whole response; in texts of a model the quotes are escaped. */
const RESPONSE = Buffer.from('"response":');

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A whole answer with the ids of responses sealed; the same buffer where it holds none, or is no JSON object. */
export function sealWhole(bytes: Buffer, key: string): Buffer {
  if (typeof parseJsonObject(bytes) === 'string') return bytes;
  return edited(bytes, idEdits(bytes, 0, bytes.length, key));
}

/** Whole server-sent events with the ids of the responses that they carry sealed; every other byte stays. */
export function sealEvents(region: Buffer, key: string): Buffer {
  if (!region.includes(RESPONSE)) return region;
  const edits: Edit[] = [];
  for (let at = region.indexOf(DATA); at !== -1; at = region.indexOf(DATA, at + DATA.length)) {
    if (at > 0 && region[at - 1] !== LF && region[at - 1] !== CR) continue;
    const end = lineEnd(region, at);
    const line = region.subarray(at + DATA.length, end);
    if (!line.includes(RESPONSE) || typeof parseJsonObject(line) === 'string') continue;
    const from = at + DATA.length;
    for (const { name, valueStart, valueEnd } of scanJsonObject(line).members) {
      if (name !== 'response' || line[valueStart] !== OPEN_OBJECT) continue;
      edits.push(...idEdits(region, from + valueStart, from + valueEnd, key));
    }
  }
  return edited(region, edits);
}

/** The edits that seal the ids of the response whose object stands from `start` to `end`. */
function idEdits(bytes: Buffer, start: number, end: number, key: string): Edit[] {
  const object = bytes.subarray(start, end);
  return scanJsonObject(object)
    .members.filter(({ name, valueStart }) => idMembers.has(name) && object[valueStart] === QUOTE)
    .map((member) => idEdit(object, member, start, key))
    .filter((edit) => edit !== null);
}

function idEdit(object: Buffer, { valueStart, valueEnd }: JsonMember, start: number, key: string): Edit | null {
  const id = JSON.parse(object.toString('utf8', valueStart, valueEnd)) as string;
  // Only ids of responses: an answer of this API may be a list, or an item.
  if (!id.startsWith('resp') || openId(id) !== null) return null;
  return { start: start + valueStart, end: start + valueEnd, text: JSON.stringify(sealId({ id, key })) };
}

function edited(bytes: Buffer, edits: readonly Edit[]): Buffer {
  if (edits.length === 0) return bytes;
  const parts: Buffer[] = [];
  let copied = 0;
  for (const { start, end, text } of edits) {
    parts.push(bytes.subarray(copied, start), Buffer.from(text));
    copied = end;
  }
  parts.push(bytes.subarray(copied));
  return Buffer.concat(parts);
}

function lineEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) if (bytes[at] === LF || bytes[at] === CR) return at;
  return bytes.length;
}
