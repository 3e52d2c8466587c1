import type { JsonObject } from '../../pivot/format.ts';
import type { Extra } from '../../pivot/request.ts';

/** Collects, while a request is read, what the pivot has no place for. */
export class Extras {
  readonly list: Extra[] = [];

  /** The answer means the same without it. */
  hint(path: string, value: unknown): void {
    this.#add(path, value, 'hint');
  }

  /** The answer would mean something else without it. */
  meaning(path: string, value: unknown): void {
    this.#add(path, value, 'meaning');
  }

  /** Takes every member of `from` that is not in `known`. */
  rest(from: JsonObject, known: ReadonlySet<string>, path: string, kind: Extra['kind']): void {
    for (const name of Object.keys(from)) {
      if (!known.has(name)) this.#add(path === '' ? name : `${path}.${name}`, from[name], kind);
    }
  }

  #add(path: string, value: unknown, kind: Extra['kind']): void {
    if (value !== undefined && value !== null) this.list.push({ path, value, kind });
  }
}
