import type { JsonObject } from '../../pivot/format.ts';
import type { Extra } from '../../pivot/request.ts';
import { camelCase } from './members.ts';

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

  /**
   * Takes every member of `from` that is not in `known`; one in `hints` advises only.
   *
   * @param path Of `from`; '' for the body.
   */
  rest(from: JsonObject, known: ReadonlySet<string>, hints: ReadonlySet<string>, path: string): void {
    for (const name of Object.keys(from)) {
      const camel = camelCase(name);
      if (known.has(camel)) continue;
      this.#add(path === '' ? name : `${path}.${name}`, from[name], hints.has(camel) ? 'hint' : 'meaning');
    }
  }

  #add(path: string, value: unknown, kind: Extra['kind']): void {
    if (value !== undefined && value !== null) this.list.push({ path, value, kind });
  }
}
