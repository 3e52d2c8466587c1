import { GatewayError } from '../../base/errors.ts';
import type { FrontendSettings } from '../../model/bind.ts';
import type { PathNormalization } from '../../model/defence.ts';
import type { RequestHead } from '../../net/http/message.ts';

/** Brings a head into the one form that routing, policies and backends see. Throws badRequest for what is refused. */
export type Normaliser = (head: RequestHead) => void;

/** The normaliser of a bind, or null where everything stays as it came. */
export function compileNormaliser({
  pathNormalization,
  underscores,
}: Pick<FrontendSettings, 'pathNormalization' | 'underscores'>): Normaliser | null {
  const steps: Normaliser[] = [];
  if (pathNormalization !== undefined) steps.push((head) => (head.path = normalisePath(head.path, pathNormalization)));
  if (underscores === 'drop') steps.push(dropUnderscores);
  if (underscores === 'reject') steps.push(refuseUnderscores);
  if (steps.length === 0) return null;
  return (head) => {
    for (const step of steps) step(head);
  };
}

/** What most paths have nothing of. */
const suspect = /[%\\]|\/[./]/;

/**
 * `path` without its query in one form. In this order: encoded slashes, backslashes, several slashes, dot segments
 * (RFC 3986 §5.2.4); so what one step brings to light the next one sees, and nothing is decoded twice.
 */
export function normalisePath(path: string, options: PathNormalization): string {
  // Not `*`, nor the empty path of CONNECT.
  if (!path.startsWith('/') || !suspect.test(path)) return path;
  const { mergeSlashes, dotSegments, encodedSlash, backslash } = options;
  let result = path;
  if (encodedSlash === 'reject' && /%(?:2f|5c)/i.test(result)) throw refused('an encoded slash');
  if (encodedSlash === 'decode') result = result.replace(/%2f/gi, '/').replace(/%5c/gi, '\\');
  if (backslash !== 'keep' && result.includes('\\')) {
    if (backslash === 'reject') throw refused('a backslash');
    result = result.replaceAll('\\', '/');
  }
  if (mergeSlashes) result = result.replace(/\/{2,}/g, '/');
  if (dotSegments === 'keep') return result;
  if (dotSegments === 'reject' && result.split('/').some((segment) => isDots(beforeParameters(segment)))) {
    throw refused('a dot segment');
  }
  return dotSegments === 'resolve' ? withoutDots(result) : result;
}

/** True for `.` and `..`, however the dots are written. */
function isDots(segment: string): boolean {
  return /^(?:\.|%2e){1,2}$/i.test(segment);
}

/** Some servers cut parameters off before they look at dots: `..;a=b`. */
function beforeParameters(segment: string): string {
  const mark = segment.indexOf(';');
  return mark < 0 ? segment : segment.slice(0, mark);
}

function withoutDots(path: string): string {
  const segments = path.slice(1).split('/');
  const kept: string[] = [];
  let last = '';
  for (const segment of segments) {
    last = segment;
    if (!isDots(segment)) kept.push(segment);
    else if (/^(?:\.|%2e){2}$/i.test(segment)) kept.pop();
  }
  // `/a/..` and `/a/.` are folders.
  return `/${kept.join('/')}${isDots(last) && kept.length > 0 ? '/' : ''}`;
}

function dropUnderscores({ headers }: RequestHead): void {
  const named = headers.flat.filter((text, i) => i % 2 === 0 && text.includes('_'));
  for (const name of named) headers.delete(name);
}

function refuseUnderscores({ headers }: RequestHead): void {
  for (const [name] of headers) if (name.includes('_')) throw refused('a field name with an underscore');
}

function refused(what: string): GatewayError {
  return new GatewayError('badRequest', `${what} is not taken here`);
}
