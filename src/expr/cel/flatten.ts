import { adapt } from './adapt.ts';
import { isMap, mapGet, mapKeys } from './maps.ts';
import { toJs, toJsonText, type JsValue } from './output.ts';
import { opaque, type CelType } from './types.ts';
import { CelOpaque, isError, type CelResult, type CelValue } from './values.ts';

/** The type of `flatten(…)`. */
export const flattenType: CelType = opaque('flattened');

/** A list or map that a log or trace writes as many fields; see {@link flattenedFields}. */
export class CelFlatten extends CelOpaque {
  readonly type: CelType = flattenType;
  readonly value: CelValue;
  readonly recursive: boolean;
  constructor(value: CelValue, recursive: boolean) {
    super();
    this.value = value;
    this.recursive = recursive;
  }
  equals(other: CelOpaque): boolean {
    return other === this;
  }
  toText(): string {
    const text = toJsonText(this.value);
    return isError(text) ? '' : text;
  }
}

/** Most fields that one flattened value becomes. */
const maxFields = 1000;

/**
 * The log fields of a result: the entries `name.key` (or `name.index`) of a flattened value, of the inner ones too when
 * it is recursive; the result under its name otherwise. An error gives none.
 */
export function flattenedFields(name: string, result: CelResult): [name: string, value: JsValue][] {
  const fields: [string, JsValue][] = [];
  const put = (path: string, value: CelResult, levels: number): void => {
    if (isError(value) || fields.length >= maxFields) return;
    const children = levels > 0 ? childrenOf(value) : null;
    if (children !== null) for (const [key, child] of children) put(`${path}.${key}`, child, levels - 1);
    else {
      const plain = toJs(value);
      if (plain !== undefined) fields.push([path, plain]);
    }
  };
  if (result instanceof CelFlatten) put(name, result.value, result.recursive ? 20 : 1);
  else put(name, result, 0);
  return fields;
}

function childrenOf(value: CelValue): [string, CelResult][] | null {
  if (Array.isArray(value)) return value.map((element, index): [string, CelResult] => [String(index), adapt(element)]);
  if (!isMap(value)) return null;
  return mapKeys(value).map((key): [string, CelResult] => [String(key), mapGet(value, key) ?? null]);
}
