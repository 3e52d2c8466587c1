import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { ConfigPath } from '../schema/kit/walk.ts';
import { expand, plainValue, type Environment } from './expand.ts';
import { positionAt, Positions, type Position } from './positions.ts';

/** Most values that a document may have, all aliases written out: ends alias bombs. */
const maxValues = 200_000;

/** Deepest nesting of a document. */
const maxDepth = 100;

/** Something wrong with the text itself. */
export interface Fault {
  readonly path: ConfigPath;
  readonly position: Position;
  readonly message: string;
  /** The text as a whole could not be read: nothing else can be said about it. */
  readonly fatal: boolean;
}

/** A document as plain JSON values, variables expanded. */
export interface ReadDocument {
  readonly value: unknown;
  readonly positions: Positions;
  /** Empty for a document that can be used. */
  readonly faults: readonly Fault[];
}

/** Reads one YAML or JSON document: anchors, aliases and merge keys written out, variables of scalar values expanded. */
export function readDocument(text: string, env: Environment): ReadDocument {
  const lines = new LineCounter();
  const positions = new Positions(lines);
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', merge: false });
    const faults = [...document.errors, ...document.warnings].map((error) => ({
      path: [],
      position: positionAt(lines, error.pos[0], error.pos[1]),
      message: faultText(error, text),
      fatal: true,
    }));
    if (faults.length > 0) return { value: undefined, positions, faults };
    const reader = new Reader(document, text, lines, positions, env);
    const value = reader.read();
    return { value, positions, faults: reader.faults };
  } catch (error) {
    // The parser recurses: a text of ten thousand brackets exhausts the stack.
    if (!(error instanceof RangeError)) throw error;
    const position: Position = { offset: 0, length: 0, line: 1, column: 1 };
    return {
      value: undefined,
      positions,
      faults: [{ path: [], position, message: 'the document is nested too deeply', fatal: true }],
    };
  }
}

class Reader {
  readonly faults: Fault[] = [];
  readonly #document: Document;
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #positions: Positions;
  readonly #env: Environment;
  readonly #open = new Set<unknown>();
  #values = 0;

  constructor(document: Document, text: string, lines: LineCounter, positions: Positions, env: Environment) {
    this.#document = document;
    this.#text = text;
    this.#lines = lines;
    this.#positions = positions;
    this.#env = env;
  }

  read(): unknown {
    const contents = this.#document.contents;
    // An empty file is an empty configuration, as `null` is.
    return contents === null ? null : this.#value(contents as Node, [], undefined);
  }

  #value(node: unknown, path: ConfigPath, key: readonly [number, number] | undefined): unknown {
    const range = rangeOf(node);
    this.#positions.add(path, range, key);
    this.#values += 1;
    if (this.#values > maxValues) {
      if (this.#values === maxValues + 1)
        this.#fault(path, range, `the document has more than ${maxValues} values, aliases counted`, true);
      return null;
    }
    if (path.length > maxDepth) {
      this.#fault(path, range, `the document is nested more than ${maxDepth} levels deep`, true);
      return null;
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined) return this.#fault(path, range, `there is no anchor &${node.source} before this alias`);
      if (this.#open.has(target)) return this.#fault(path, range, `the alias *${node.source} contains itself`);
      const value = this.#value(target, path, key);
      this.#positions.add(path, range, key);
      return value;
    }
    if (isScalar(node))
      return this.#scalar(node.value, node.type === 'PLAIN' || node.type === undefined, path, range, key);
    if (!isMap(node) && !isSeq(node)) return null;
    this.#open.add(node);
    const value = isMap(node)
      ? Object.fromEntries(this.#entries(node, path))
      : node.items.map((item, index) => this.#value(item, [...path, index], undefined));
    this.#open.delete(node);
    return value;
  }

  #scalar(
    value: unknown,
    plain: boolean,
    path: ConfigPath,
    range: readonly [number, number],
    key?: readonly [number, number],
  ): unknown {
    if (typeof value === 'number' && !Number.isFinite(value))
      return this.#fault(path, range, 'this number is not a finite one');
    if (typeof value !== 'string' || !(value.includes('$') || value.startsWith('~/'))) return value;
    const expanded = expand(value, this.#env);
    if (!expanded.ok) {
      const found = this.#text.indexOf(expanded.reference, range[0]);
      const at = found >= 0 && found < range[1] ? found : range[0];
      return this.#fault(path, [at, at === found ? at + expanded.reference.length : range[1]], expanded.why);
    }
    if (expanded.text === value) return value;
    this.#positions.add(path, range, key, value);
    return plain ? plainValue(expanded.text) : expanded.text;
  }

  #entries(map: YAMLMap, path: ConfigPath): ReadonlyMap<string, unknown> {
    const entries = new Map<string, unknown>();
    this.#collect(map, path, entries, new Set([map]));
    return entries;
  }

  /** Adds the entries of `map` that are not there yet, then those of the maps merged into it (YAML merge keys). */
  #collect(map: YAMLMap, path: ConfigPath, entries: Map<string, unknown>, visited: Set<YAMLMap>): void {
    const merges: unknown[] = [];
    for (const pair of map.items) {
      const key: unknown = pair.key;
      if (!isScalar(key)) {
        this.#fault(path, rangeOf(key), 'a key must be a plain text');
      } else if (key.value === '<<' && key.type === 'PLAIN') {
        merges.push(pair.value);
      } else {
        const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
        if (!entries.has(name)) entries.set(name, this.#value(pair.value, [...path, name], rangeOf(key)));
      }
    }
    for (const [source, range] of merges.flatMap((merge) => this.#mergeSources(merge))) {
      if (!isMap(source)) {
        this.#fault(path, range, 'only maps can be merged with <<');
      } else if (!visited.has(source)) {
        // Once is enough, and keeps maps that merge each other from growing without end.
        visited.add(source);
        this.#collect(source, path, entries, visited);
      }
    }
  }

  #mergeSources(node: unknown): readonly (readonly [unknown, readonly [number, number]])[] {
    const target = this.#target(node);
    if (!isSeq(target)) return [[target, rangeOf(node)]];
    return target.items.map((item) => [this.#target(item), rangeOf(item)]);
  }

  #target(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #fault(path: ConfigPath, [start, end]: readonly [number, number], message: string, fatal = false): null {
    this.faults.push({ path, position: positionAt(this.#lines, start, end), message, fatal });
    return null;
  }
}

function faultText({ code, message, pos }: YAMLError, text: string): string {
  switch (code) {
    case 'DUPLICATE_KEY':
      return `the key ${/^[^\s:]{0,60}/.exec(text.slice(pos[0], pos[0] + 60))?.[0] ?? ''} is there twice`;
    case 'MULTIPLE_DOCS':
      return 'a second document begins here, but a configuration is one document';
    default:
      return `not valid YAML: ${message}`;
  }
}

function rangeOf(node: unknown): readonly [number, number] {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : undefined;
  return range === undefined || range === null ? [0, 0] : [range[0], range[1]];
}
