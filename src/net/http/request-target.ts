import { isAuthority } from './authority.ts';
import { malformed } from './head-error.ts';

/** The parts of a request target (RFC 9112 §3.2). */
export interface Target {
  readonly path: string;
  /** With its `?`, or ''. */
  readonly query: string;
  /** From absolute-form and authority-form; null where the Host field says it. */
  readonly authority: string | null;
}

/**
 * Splits a target of visible ASCII without `#`. The path stays as written; an empty one becomes `/`. Throws badRequest
 * for a form that the method does not allow, a scheme other than http and https, and user information.
 */
export function parseTarget(method: string, target: string): Target {
  if (method === 'CONNECT') {
    if (!/:[0-9]{1,5}$/.test(target) || target.startsWith(':') || !isAuthority(target)) {
      throw malformed('a CONNECT target that is not host:port');
    }
    return { path: '', query: '', authority: target };
  }
  if (target.charCodeAt(0) === 47) return split(target, null);
  if (target === '*') {
    if (method !== 'OPTIONS') throw malformed('the target * with a method other than OPTIONS');
    return { path: '*', query: '', authority: null };
  }
  const absolute = /^https?:\/\/([^/?]*)/i.exec(target);
  const authority = absolute?.[1];
  if (absolute === null || authority === undefined || authority === '' || !isAuthority(authority)) {
    throw malformed('an invalid request target');
  }
  return split(target.slice(absolute[0].length), authority);
}

function split(target: string, authority: string | null): Target {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target === '' ? '/' : target, query: '', authority };
  return { path: mark === 0 ? '/' : target.slice(0, mark), query: target.slice(mark), authority };
}

const originForm = /^\/[\x21\x22\x24-\x7e\x80-\xff]*$/;

/** True for a path with its query that a request line can hold, whoever had a say in it (RFC 9112 §3.2.1): no fragment. */
export function isOriginForm(target: string): boolean {
  return originForm.test(target);
}
