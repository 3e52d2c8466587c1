import { CedarRecord, CedarSet, type CedarValue } from '../../../expr/cedar/values/value.ts';

/**
 * A JSON value as Cedar sees it. What Cedar has no value for is absent: null, numbers that are no integers or beyond
 * what a double holds exactly.
 */
export function jsonValue(json: unknown): CedarValue | undefined {
  switch (typeof json) {
    case 'string':
    case 'boolean':
      return json;
    case 'number':
      return Number.isSafeInteger(json) ? json + 0 : undefined;
    case 'object':
      if (json === null) return undefined;
      if (json instanceof CedarRecord) return json;
      if (Array.isArray(json)) return new CedarSet(json.map(jsonValue).filter((value) => value !== undefined));
      return new JsonRecord(json as Readonly<Record<string, unknown>>);
    default:
      return undefined;
  }
}

/** A JSON object; members are made into values when policies read them. */
export class JsonRecord extends CedarRecord {
  readonly #json: Readonly<Record<string, unknown>>;

  constructor(json: Readonly<Record<string, unknown>>) {
    super();
    this.#json = json;
  }

  override get(name: string): CedarValue | undefined {
    return Object.hasOwn(this.#json, name) ? jsonValue(this.#json[name]) : undefined;
  }

  override names(): Iterable<string> {
    return Object.keys(this.#json);
  }
}

/** The tags of an entity: everything that is text, a number, a bool or a list of those, each as a set of texts. */
export class TagRecord extends CedarRecord {
  readonly #json: Readonly<Record<string, unknown>>;

  constructor(json: Readonly<Record<string, unknown>>) {
    super();
    this.#json = json;
  }

  override get(name: string): CedarValue | undefined {
    if (!Object.hasOwn(this.#json, name)) return undefined;
    const value = this.#json[name];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const texts = list.filter((item) => ['string', 'number', 'boolean'].includes(typeof item)).map(String);
    return texts.length === list.length ? new CedarSet(texts) : undefined;
  }

  override names(): Iterable<string> {
    return Object.keys(this.#json);
  }
}

/** The texts of a list, or of one that is written alone. */
export function textsOf(json: unknown): readonly string[] {
  if (typeof json === 'string') return [json];
  return Array.isArray(json) ? json.filter((item) => typeof item === 'string') : [];
}
