import type { HeaderModifierSpec } from '../../../model/policy.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { RequestHead, ResponseHead } from '../../../net/http/message.ts';
import { configuredValue } from './field-text.ts';

/** Compiles set, add and remove (in this order, as the Gateway API's HTTPHeaderFilter) to one function over the fields. */
function compileFields(spec: HeaderModifierSpec): (headers: HeaderList) => void {
  const set = fieldsOf(spec.set);
  const add = fieldsOf(spec.add);
  const remove = spec.remove.filter(isField);
  return (headers) => {
    for (const [name, value] of set) headers.set(name, value);
    for (const [name, value] of add) headers.append(name, value);
    for (const name of remove) headers.delete(name);
  };
}

/** Changes request fields; `host`, `:authority`, `:path` and `:method` change the request line instead. */
export function compileRequestModifier(spec: HeaderModifierSpec): (head: RequestHead) => void {
  const fields = compileFields(spec);
  const pseudo = [...spec.set, ...spec.add].filter(([name]) => !isField(name));
  return (head) => {
    fields(head.headers);
    for (const [name, value] of pseudo) setPseudo(head, name, value);
  };
}

/** Changes response fields; `:status` changes the status. */
export function compileResponseModifier(spec: HeaderModifierSpec): (head: ResponseHead) => void {
  const fields = compileFields(spec);
  const status = Number(spec.set.get(':status') ?? spec.add.get(':status') ?? 0);
  return (head) => {
    fields(head.headers);
    if (status !== 0) head.status = status;
  };
}

/** Names and values as they go out; throws for a value that no field can carry. */
function fieldsOf(fields: ReadonlyMap<string, string>): (readonly [string, string])[] {
  return [...fields]
    .filter(([name]) => isField(name))
    .map(([name, text]): readonly [string, string] => [name, configuredValue(name, text)]);
}

function isField(name: string): boolean {
  return name !== 'host' && !name.startsWith(':');
}

function setPseudo(head: RequestHead, name: string, value: string): void {
  switch (name) {
    case 'host':
    case ':authority':
      head.authority = value;
      break;
    case ':method':
      head.method = value;
      break;
    case ':path': {
      const mark = value.indexOf('?');
      head.path = mark === -1 ? value : value.slice(0, mark);
      head.query = mark === -1 ? '' : value.slice(mark);
      break;
    }
  }
}
