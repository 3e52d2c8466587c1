import { HeaderView, type HeaderSource } from '../../expr/cel/headers.ts';
import type { HeaderList } from '../../net/http/headers.ts';

/**
 * The fields of a message as expressions see them, read when they are named.
 *
 * @param extra Fields that a head keeps outside its list, by name: `host`, `content-length`.
 * @param sensitive Names of the fields that `redacted()` hides; absent: those that always hold credentials.
 */
export function headerView(
  headers: HeaderList,
  extra: Readonly<Record<string, string>>,
  sensitive?: ReadonlySet<string>,
): HeaderView {
  return new HeaderView(new ListSource(headers, extra), sensitive);
}

/** `content-length` where it is known. */
export function lengthField(bodyLength: number): Readonly<Record<string, string>> {
  return bodyLength > 0 ? { 'content-length': String(bodyLength) } : {};
}

class ListSource implements HeaderSource {
  readonly #headers: HeaderList;
  readonly #extra: Readonly<Record<string, string>>;

  constructor(headers: HeaderList, extra: Readonly<Record<string, string>>) {
    this.#headers = headers;
    this.#extra = extra;
  }

  *names(): Iterable<string> {
    yield* Object.keys(this.#extra);
    for (const [name] of this.#headers) yield name;
  }

  values(name: string): readonly string[] {
    const values: string[] = [];
    const extra = this.#extra[name];
    if (extra !== undefined && Object.hasOwn(this.#extra, name)) values.push(extra);
    const { flat } = this.#headers;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) values.push(flat[i + 1] as string);
    return values;
  }
}
