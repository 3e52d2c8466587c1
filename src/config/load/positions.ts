import type { LineCounter } from 'yaml';
import type { ConfigPath } from '../schema/kit/walk.ts';

/** A stretch of the configuration's text: byte order is UTF-16 units, lines and columns count from 1. */
export interface Position {
  readonly offset: number;
  readonly length: number;
  readonly line: number;
  readonly column: number;
}

/** Where the values of a configuration stand in its text. */
export interface PositionIndex {
  /** Of the value at `path`; of the nearest value around it when there is none, such as a default. */
  value(path: ConfigPath): Position;
  /** Of the key that the value at `path` stands under; of the value itself when it has none. */
  key(path: ConfigPath): Position;
  /** The text before expansion of a value that an environment variable had a part in. */
  expandedFrom(path: ConfigPath): string | undefined;
}

interface Entry {
  readonly path: ConfigPath;
  readonly value: readonly [number, number];
  readonly key: readonly [number, number] | undefined;
  readonly from: string | undefined;
}

/** Filled while a document is read. */
export class Positions implements PositionIndex {
  readonly #entries = new Map<string, Entry>();
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  add(path: ConfigPath, value: readonly [number, number], key?: readonly [number, number], from?: string): void {
    this.#entries.set(keyOf(path), { path, value, key, from });
  }

  value(path: ConfigPath): Position {
    return this.#position(this.#nearest(path)?.value ?? [0, 0]);
  }

  key(path: ConfigPath): Position {
    const entry = this.#nearest(path);
    return this.#position(entry?.key ?? entry?.value ?? [0, 0]);
  }

  expandedFrom(path: ConfigPath): string | undefined {
    return this.#entries.get(keyOf(path))?.from;
  }

  /** The ranges of all values for whose path and text `wanted` is true. */
  ranges(wanted: (path: ConfigPath, start: number, end: number) => boolean): readonly (readonly [number, number])[] {
    const found: (readonly [number, number])[] = [];
    for (const { path, value } of this.#entries.values()) if (wanted(path, value[0], value[1])) found.push(value);
    return found;
  }

  #nearest(path: ConfigPath): Entry | undefined {
    for (let length = path.length; length >= 0; length--) {
      const entry = this.#entries.get(keyOf(path.slice(0, length)));
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  #position([start, end]: readonly [number, number]): Position {
    return positionAt(this.#lines, start, end);
  }
}

/** The position of a range. */
export function positionAt(lines: LineCounter, start: number, end: number): Position {
  const { line, col } = lines.linePos(start);
  return { offset: start, length: Math.max(0, end - start), line: Math.max(1, line), column: Math.max(1, col) };
}

function keyOf(path: ConfigPath): string {
  return path.join('\0');
}

/** A path as errors show it: `routes[0].backends[1].host`, `gateways["a b"].port`; the whole file is `(file)`. */
export function pathText(path: ConfigPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text === '' ? '(file)' : text;
}
