/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** One turn, as far as the rules of a conversation need it. */
export interface Turn {
  readonly path: string;
  readonly role: unknown;
  /** Ids (for Gemini, names) of the calls that it makes. */
  readonly calls: readonly string[];
  /** Ids (names) of the calls whose results it gives. */
  readonly results: readonly string[];
  /** Results stand after other content. */
  readonly late: boolean;
}

/** Turns of APIs in which the blocks of a message hold calls and results. */
export function blockTurns(messages: unknown, content: string, call: Reader, result: Reader): readonly Turn[] {
  return list(messages).map((message, i) => {
    const blocks = list(message[content]);
    const results = blocks.map(result);
    const lastResult = results.findLastIndex((id) => id !== undefined);
    return {
      path: `${content === 'parts' ? 'contents' : 'messages'}[${String(i)}]`,
      role: message['role'],
      calls: blocks.flatMap((block) => call(block) ?? []),
      results: results.filter((id) => id !== undefined),
      late: results.slice(0, lastResult + 1).includes(undefined),
    };
  });
}

/** Turns of APIs in which each result is a message of its own: those in a row are one turn. */
export function messageTurns(
  items: readonly Json[],
  call: (item: Json) => readonly string[],
  result: Reader,
): readonly Turn[] {
  const turns: Turn[] = [];
  for (const item of items) {
    const calls = call(item);
    const answered = result(item);
    const last = turns.at(-1);
    const sameTurn = answered === undefined ? calls.length > 0 && last?.calls.length !== 0 : last?.results.length !== 0;
    if (last !== undefined && sameTurn) {
      const results = answered === undefined ? last.results : [...last.results, answered];
      turns[turns.length - 1] = { ...last, calls: [...last.calls, ...calls], results };
      continue;
    }
    const path = `turn ${String(turns.length)}`;
    turns.push({ path, role: item['role'], calls, results: answered === undefined ? [] : [answered], late: false });
  }
  return turns;
}

/** Gives the id of a call or result, or undefined for anything else. */
export type Reader = (block: Json) => string | undefined;

/** The objects of a list; none where there is no list. */
export function list(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : [];
}

/** The value where it is an object, else an empty one. */
export function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
