import { hash } from 'node:crypto';
import type { SharedArea } from '../../../telemetry/shared/keyed-table.ts';
import { boardBytes, TextBoard, type BoardShape } from '../../../telemetry/shared/text-board.ts';
import { areaPrefix } from '../../rate-limit/areas.ts';

/** Tokens that workers have in common: those of 8 KiB and less. */
const shape: BoardShape = { slots: 512, longest: 8192, evicts: true };

/** Name and size of the memory that they stand in. */
export const tokensArea: { readonly name: string; readonly bytes: number } = {
  name: `${areaPrefix}exchanged tokens`,
  bytes: boardBytes(shape),
};

/** A token, and how long it is used, in milliseconds since the Unix epoch. */
export interface UsableToken {
  readonly token: string;
  readonly untilMs: number;
}

/** Tokens of one configuration that the workers of a process have in common: one asks for each, the others take it. */
export class SharedTokens {
  readonly #board: TextBoard;
  readonly #id: string;

  /** @param id Equal for equal configuration. @param now Wall clock in milliseconds. */
  constructor(area: SharedArea, id: string, now?: () => number) {
    this.#board = new TextBoard(shape, area.buffer, now);
    this.#id = id;
  }

  /** The token of `key`: from another worker, or else as `ask` gives it, which others then get. */
  async once(key: string, ask: () => Promise<UsableToken>): Promise<UsableToken> {
    const name = `${this.#id} ${key}`;
    const entry = await this.#board.enter(hash('sha256', name, 'buffer').readBigUInt64LE());
    if (entry === null) return ask();
    if (entry.kind === 'text') return open(entry.text, name) ?? ask();
    try {
      const made = await ask();
      this.#board.publish(entry.slot, JSON.stringify([name, made.token, made.untilMs]), made.untilMs);
      return made;
    } catch (error) {
      this.#board.giveUp(entry.slot);
      throw error;
    }
  }
}

/** Null for the text of another key. */
function open(text: string, name: string): UsableToken | null {
  const [whose, token, untilMs] = JSON.parse(text) as readonly [string, string, number];
  return whose === name ? { token, untilMs } : null;
}

const kinds: ReadonlySet<unknown> = new Set(['tokenExchange', 'crossAppAccess']);

/** True for a part of a model that exchanges tokens somewhere. */
export function exchangesTokens(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return false;
  if ('kind' in part && kinds.has(part.kind)) return true;
  const members: Iterable<unknown> = part instanceof Map ? part.values() : Object.values(part);
  for (const member of members) if (exchangesTokens(member)) return true;
  return false;
}
