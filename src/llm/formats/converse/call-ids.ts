import { PivotRefusal } from '../../pivot/drops.ts';
import type { Block } from '../../pivot/request.ts';
import { toToken, type TokenRule } from '../../pivot/tool-names.ts';

/** What Converse allows as `toolUseId` (service model of bedrock-runtime). */
const rule: TokenRule = { forbidden: /[^a-zA-Z0-9_.:-]/g, longest: 64 };

/** Ids of calls as Converse allows them, no two of one conversation the same. */
export class CallIds {
  readonly #used = new Set<string>();

  /**
   * The ids of a turn's calls → ids to send; providers that number calls anew in each turn repeat theirs. Throws
   * LlmBadRequest for two calls of one turn with the same id.
   */
  ofTurn(blocks: readonly Block[]): ReadonlyMap<string, string> {
    const ids = new Map<string, string>();
    for (const call of blocks) {
      if (call.kind === 'toolResult')
        throw new PivotRefusal('messages', () => 'a tool result cannot be part of an answer', call);
      if (call.kind !== 'toolCall') continue;
      if (ids.has(call.id))
        throw new PivotRefusal('messages', () => `two tool calls of one turn have the id ${call.id}`, call);
      let token = toToken(call.id, rule);
      for (let count = 2; this.#used.has(token); count += 1) token = toToken(`${call.id}:${count}`, rule);
      this.#used.add(token);
      ids.set(call.id, token);
    }
    return ids;
  }
}
