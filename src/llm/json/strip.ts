import { skipString } from './scan.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** One object or array on the way down. */
interface Level {
  /** The member of the level above that this is the value of; '' for an element. */
  readonly of: string;
  readonly isObject: boolean;
  /** The member that is being read. */
  member: string;
  memberStart: number;
  /** End of the last member that stays, or -1. */
  keptEnd: number;
}

/**
 * `bytes`, one JSON text, without the members `name` of every object that is itself the value of a member `parent`, at
 * any depth. Every other byte stays; the same buffer where there is none.
 */
export function stripJsonMembers(bytes: Buffer, parent: string, name: string): Buffer {
  if (!bytes.includes(JSON.stringify(parent)) || !bytes.includes(JSON.stringify(name))) return bytes;
  const parts: Buffer[] = [];
  let copied = 0;
  const levels: Level[] = [];
  let wantsName = false;
  /** The level whose member is being left out, whole: nothing below it is looked at; -1 for none. */
  let leaving = -1;
  for (let at = 0; at < bytes.length; at++) {
    const c = bytes[at];
    const level = levels.at(-1);
    if (c === QUOTE) {
      const end = skipString(bytes, at);
      if (wantsName && level !== undefined) {
        level.member = JSON.parse(bytes.toString('utf8', at, end)) as string;
        level.memberStart = at;
        if (leaving === -1 && level.of === parent && level.member === name) leaving = levels.length;
        wantsName = false;
      }
      at = end - 1;
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      const of = level?.isObject === true ? level.member : '';
      levels.push({ of, isObject: c === OPEN_OBJECT, member: '', memberStart: -1, keptEnd: -1 });
      wantsName = c === OPEN_OBJECT;
    } else if (c === COMMA || c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
      const isLeft = leaving !== -1 && levels.length > leaving;
      if (level?.isObject === true && level.memberStart !== -1 && !isLeft) endMember(level, at, c === COMMA);
      if (c === COMMA) wantsName = level?.isObject === true;
      else levels.pop();
    } else if (c === COLON) {
      wantsName = false;
    }
  }
  if (copied === 0) return bytes;
  parts.push(bytes.subarray(copied));
  return Buffer.concat(parts);

  function endMember(level: Level, at: number, comma: boolean): void {
    if (level.of !== parent || level.member !== name) {
      level.keptEnd = at;
    } else {
      // Behind a member that stays, its comma goes; before the first, the one that follows.
      const from = level.keptEnd === -1 ? level.memberStart : level.keptEnd;
      if (from > copied) parts.push(bytes.subarray(copied, from));
      copied = level.keptEnd === -1 && comma ? at + 1 : at;
      leaving = -1;
    }
    level.memberStart = -1;
  }
}
