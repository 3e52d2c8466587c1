/** Small changes to the params of messages that pass through, made in their text. */
import { locate, skipBlank, splice, type Edit, type Span } from '../json-text.ts';
import { isObject, type Message } from '../jsonrpc.ts';

/** Params with the value of the member `name` replaced by the JSON text `value`. */
export function withMember(params: string, name: string, value: string): string {
  return splice(params, memberEdits(params, [name], value));
}

/** Replacements of the values at `path` by the JSON text `value`. */
export function memberEdits(params: string, path: readonly string[], value: string): Edit[] {
  const spans: Span[] = [];
  locate(params, 0, path, spans);
  return spans.map((span) => ({ ...span, text: value }));
}

/** Where request params hold `_meta.progressToken`. */
export function progressTokenSpans(params: string): Span[] {
  const spans: Span[] = [];
  if (params.includes('progressToken')) locate(params, 0, ['_meta', 'progressToken'], spans);
  return spans;
}

/** Where members can be added to `_meta`: between `before` and `after`. */
export interface MetaSlot extends Span {
  readonly before: string;
  readonly after: string;
}

/** The place for further members of `_meta` in params (text of an object); null when `_meta` is something else. */
export function metaSlot(params: string): MetaSlot | null {
  const metas: Span[] = [];
  if (params.includes('_meta')) locate(params, 0, ['_meta'], metas);
  const last = metas.at(-1);
  const at = (last?.start ?? params.indexOf('{')) + 1;
  const empty = params.charCodeAt(skipBlank(params, at)) === 125;
  if (last === undefined) return { start: at, end: at, before: '"_meta":{', after: empty ? '}' : '},' };
  if (params.charCodeAt(last.start) !== 123) return null;
  return { start: at, end: at, before: '', after: empty ? '' : ',' };
}

/** Params of `notifications/message` whose logger says which of several servers it is. */
export function withLogger(message: Message, target: string): string {
  const { params, bodyText } = message;
  if (!isObject(params)) return bodyText;
  const logger = params['logger'];
  if (typeof logger === 'string') return withMember(bodyText, 'logger', JSON.stringify(`${target}/${logger}`));
  return bodyText.replace('{', `{"logger":${JSON.stringify(target)},`);
}
