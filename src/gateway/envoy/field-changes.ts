import { appendActions, type HeaderValueOption } from '../../net/grpc/envoy/core.ts';
import { connectionFields, isFieldValue, isToken } from '../../net/http/fields.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { RequestHead, ResponseHead } from '../../net/http/message.ts';
import { isOriginForm } from '../../net/http/request-target.ts';
import { fieldBytes } from './text.ts';

/** What a service wants changed in the fields of a message. */
export interface FieldChanges {
  readonly set?: readonly HeaderValueOption[];
  readonly remove?: readonly string[];
}

/** Sets a pseudo-header; false where the service may not, or the value makes no sense. */
type SetPseudo = (name: string, value: string) => boolean;

/**
 * Removes and sets fields as Envoy's services ask for it. What would break the framing, or is no field at all, is left
 * out; the count of such changes is returned.
 *
 * @param pseudo Sets `:path` and such; null where none can be set.
 */
export function changeFields(headers: HeaderList, changes: FieldChanges, pseudo: SetPseudo | null): number {
  let refused = 0;
  for (const text of changes.remove ?? []) {
    const name = text.toLowerCase();
    if (isChangeable(name)) headers.delete(name);
    else refused += 1;
  }
  for (const option of changes.set ?? []) if (!setField(headers, option, pseudo)) refused += 1;
  return refused;
}

function setField(headers: HeaderList, option: HeaderValueOption, pseudo: SetPseudo | null): boolean {
  const { header = {} } = option;
  const name = (header.key ?? '').toLowerCase();
  const value = fieldBytes(header).trim();
  if (name.startsWith(':') || name === 'host') return pseudo !== null && pseudo(name, value);
  if (!isChangeable(name) || !isFieldValue(value)) return false;
  if (value === '' && option.keepEmptyValue !== true) return true;
  const exists = headers.has(name);
  switch (actionOf(option)) {
    case appendActions.appendOrAdd:
      headers.append(name, value);
      break;
    case appendActions.addIfAbsent:
      if (!exists) headers.append(name, value);
      break;
    case appendActions.overwriteIfExists:
      if (exists) headers.set(name, value);
      break;
    default:
      headers.set(name, value);
  }
  return true;
}

/**
 * Services that say nothing mean replace (as agentgateway and Envoy read them), though the wire's default is append.
 */
function actionOf({ append, appendAction = 0 }: HeaderValueOption): number {
  if (appendAction !== 0) return appendAction;
  return append?.value === true ? appendActions.appendOrAdd : appendActions.overwriteOrAdd;
}

function isChangeable(name: string): boolean {
  return isToken(name) && !connectionFields.has(name);
}

/** Sets `:path`; with `all`, also `:method`, and the authority by `:authority` or `host`. */
export function requestPseudo(head: RequestHead, all: boolean): SetPseudo {
  return (name, value) => {
    if (name === ':path' && isOriginForm(value)) {
      const mark = value.indexOf('?');
      head.path = mark === -1 ? value : value.slice(0, mark);
      head.query = mark === -1 ? '' : value.slice(mark);
      return true;
    }
    if (!all) return false;
    if (name === ':method' && isToken(value)) head.method = value;
    else if ((name === ':authority' || name === 'host') && isAuthority.test(value)) head.authority = value;
    else return false;
    return true;
  };
}

/** Sets `:status`. */
export function responsePseudo(head: ResponseHead): SetPseudo {
  return (name, value) => {
    const status = name === ':status' ? finalStatus(Number(value)) : null;
    if (status === null) return false;
    head.status = status;
    return true;
  };
}

/** A status that an answer can have; null for others. */
export function finalStatus(code: number | undefined): number | null {
  return code !== undefined && Number.isInteger(code) && code >= 200 && code <= 599 ? code : null;
}

const isAuthority = /^[A-Za-z0-9._~:[\]-]+$/;
