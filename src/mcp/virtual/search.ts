/** Two tools in place of a large catalogue: one finds tools by what they are for, one calls them. */

/** Names of the two. */
export const FIND_TOOLS = 'find_tools';
export const CALL_TOOL = 'call_tool';

const MAX_FOUND = 20;
/** Of all definitions that are found together, but for the first. */
const MAX_FOUND_CHARS = 65_536;
const MAX_QUERY_CHARS = 1000;
const USUAL_FOUND = 5;

/** The result of `tools/list` where tools are searched. */
export const metaTools: Buffer = Buffer.from(
  JSON.stringify({
    tools: [
      {
        name: FIND_TOOLS,
        description:
          'Finds tools by words of what they do. Answers with the definitions of the best ones, which call_tool can call.',
        inputSchema: {
          type: 'object',
          properties: {
            query: { type: 'string', description: 'Words that say what the tool should do, or its name.' },
            limit: { type: 'integer', minimum: 1, maximum: MAX_FOUND, default: USUAL_FOUND },
          },
          required: ['query'],
        },
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      {
        name: CALL_TOOL,
        description: 'Calls a tool that find_tools found, with arguments as its inputSchema wants them.',
        inputSchema: {
          type: 'object',
          properties: {
            name: { type: 'string', description: 'Name of the tool.' },
            arguments: { type: 'object', description: 'Arguments of the tool.' },
          },
          required: ['name'],
        },
      },
    ],
  }),
);

/** What can be searched: definitions and their names, in one order. */
export interface Searchable {
  readonly texts: readonly string[];
  readonly names: readonly string[];
}

interface Document {
  /** How often each word occurs. */
  readonly words: ReadonlyMap<string, number>;
  readonly length: number;
}

/** Okapi BM25 over names, titles, descriptions and argument names; a word of the name counts as much as five others. */
export class ToolIndex {
  readonly #source: Searchable;
  readonly #documents: readonly Document[];
  readonly #holders = new Map<string, number>();
  readonly #meanLength: number;

  constructor(source: Searchable) {
    this.#source = source;
    this.#documents = source.texts.map((text, i) => read(source.names[i] ?? '', text));
    for (const { words } of this.#documents) {
      for (const word of words.keys()) this.#holders.set(word, (this.#holders.get(word) ?? 0) + 1);
    }
    const total = this.#documents.reduce((sum, { length }) => sum + length, 0);
    this.#meanLength = total / Math.max(1, this.#documents.length);
  }

  /**
   * The result of `find_tools`: definitions of the tools that fit best, best first.
   * @param shows Which of them may be found, given their places; null: all.
   */
  find(
    query: string,
    limit: unknown,
    shows: ((places: readonly number[]) => readonly boolean[]) | null = null,
  ): string {
    const count = typeof limit === 'number' && limit >= 1 ? Math.min(Math.floor(limit), MAX_FOUND) : USUAL_FOUND;
    const asked = [...new Set(wordsOf(query.slice(0, MAX_QUERY_CHARS)))];
    let room = MAX_FOUND_CHARS;
    const fitting = this.#documents
      .map((document, i) => ({ i, score: this.#score(document, asked) }))
      .filter(({ score }) => score > 0);
    const shown = shows?.(fitting.map(({ i }) => i)) ?? null;
    const found = fitting
      .filter((_, place) => shown === null || shown[place])
      .toSorted((a, b) => b.score - a.score || a.i - b.i)
      .slice(0, count)
      .map(({ i }) => this.#source.texts[i] ?? '')
      .filter((text, place) => (room -= text.length) >= 0 || place === 0);
    const text = `{"tools":[${found.join(',')}]}`;
    const said = found.length === 0 ? `No tool has to do with ${JSON.stringify(query.slice(0, 200))}.` : text;
    return `{"content":[{"type":"text","text":${JSON.stringify(said)}}],"structuredContent":${text}}`;
  }

  #score({ words, length }: Document, asked: readonly string[]): number {
    let score = 0;
    for (const word of asked) {
      const times = words.get(word);
      if (times === undefined) continue;
      const holders = this.#holders.get(word) ?? 1;
      const rarity = Math.log(1 + (this.#documents.length - holders + 0.5) / (holders + 0.5));
      score += (rarity * times * 2.2) / (times + 1.2 * (0.25 + (0.75 * length) / this.#meanLength));
    }
    return score;
  }
}

function read(name: string, definition: string): Document {
  const { title, description, inputSchema } = JSON.parse(definition) as {
    title?: unknown;
    description?: unknown;
    inputSchema?: { properties?: object };
  };
  const words = new Map<string, number>();
  let length = 0;
  const add = (text: unknown, weight: number): void => {
    if (typeof text !== 'string') return;
    for (const word of wordsOf(text)) {
      words.set(word, (words.get(word) ?? 0) + weight);
      length += weight;
    }
  };
  add(name, 5);
  add(title, 3);
  add(description, 1);
  for (const argument of Object.keys(inputSchema?.properties ?? {})) add(argument, 1);
  return { words, length };
}

/** Words in lower case, without the endings that say number or tense in English. */
function wordsOf(text: string): string[] {
  const parts = text.replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2').toLowerCase();
  return (parts.match(/[\p{L}\d]+/gu) ?? []).map((word) =>
    word.length > 4
      ? word.replace(/(?:ies|ing|ed|es|s)$/, (end) => (end === 'ies' ? 'y' : ''))
      : word.replace(/s$/, ''),
  );
}
