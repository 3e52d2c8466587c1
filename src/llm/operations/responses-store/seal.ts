import { parseJsonObject } from '../../json/parse.ts';
import { scanJsonObject, type JsonMember } from '../../json/scan.ts';
import { openId } from './response-id.ts';

/** How clients are told the ids of responses; the provider's own id stays as it is where it is given back. */
export interface IdSealer {
  /** The id of a response itself. */
  own(id: string): string;
  /** That of the response that it goes on from. */
  previous(id: string): string;
}

/** Members of a response that hold ids of responses. */
const idMembers: ReadonlyMap<string, keyof IdSealer> = new Map([
  ['id', 'own'],
  ['previous_response_id', 'previous'],
]);
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
export function sealWhole(bytes: Buffer, sealer: IdSealer): Buffer {
  if (typeof parseJsonObject(bytes) === 'string') return bytes;
  return edited(bytes, idEdits(bytes, 0, bytes.length, sealer));
}

/** Whole server-sent events with the ids of the responses that they carry sealed; every other byte stays. */
export function sealEvents(region: Buffer, sealer: IdSealer): Buffer {
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
      edits.push(...idEdits(region, from + valueStart, from + valueEnd, sealer));
    }
  }
  return edited(region, edits);
}

/** The edits that seal the ids of the response whose object stands from `start` to `end`. */
function idEdits(bytes: Buffer, start: number, end: number, sealer: IdSealer): Edit[] {
  const object = bytes.subarray(start, end);
  return scanJsonObject(object)
    .members.filter(({ valueStart }) => object[valueStart] === QUOTE)
    .map((member) => idEdit(object, member, start, sealer))
    .filter((edit) => edit !== null);
}

function idEdit(
  object: Buffer,
  { name, valueStart, valueEnd }: JsonMember,
  start: number,
  sealer: IdSealer,
): Edit | null {
  const kind = idMembers.get(name);
  if (kind === undefined) return null;
  const id = JSON.parse(object.toString('utf8', valueStart, valueEnd)) as string;
  // Only ids of responses: an answer of this API may be a list, or an item.
  if (!id.startsWith('resp') || openId(id) !== null) return null;
  const told = sealer[kind](id);
  return told === id ? null : { start: start + valueStart, end: start + valueEnd, text: JSON.stringify(told) };
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
