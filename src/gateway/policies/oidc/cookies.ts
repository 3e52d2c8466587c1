import type { HeaderList } from '../../../net/http/headers.ts';

/** Characters of a cookie's value; browsers take 4096 bytes with its name and attributes (RFC 6265 §6.1). */
const longestValue = 3800;

/** Parts that one value may have: more than that would not fit into the head of a request. */
export const mostParts = 6;

/** Where a cookie is good, beside its name and value. */
export interface CookieScope {
  /** Sent over TLS only. */
  readonly secure: boolean;
}

/**
 * The value that {@link cookieLines} wrote under `name`, of one cookie or of several; null when there is none or a part
 * of it is missing.
 */
export function readCookie(headers: HeaderList, name: string): string | null {
  const first = findCookie(headers, name);
  if (first === null) return null;
  const dot = first.indexOf('.');
  if (dot === -1) return first;
  const parts = Number(first.slice(0, dot));
  if (!Number.isInteger(parts) || parts < 2 || parts > mostParts) return null;
  let value = first.slice(dot + 1);
  for (let i = 1; i < parts; i++) {
    const part = findCookie(headers, `${name}.${i}`);
    if (part === null) return null;
    value += part;
  }
  return value;
}

/** The value of the first cookie of this name; null without one. */
function findCookie({ flat }: HeaderList, name: string): string | null {
  const start = `${name}=`;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'cookie') continue;
    const line = flat[i + 1] ?? '';
    for (let at = line.indexOf(start); at !== -1; at = line.indexOf(start, at + 1)) {
      if (at > 0 && line[at - 1] !== ' ' && line[at - 1] !== ';') continue;
      const end = line.indexOf(';', at);
      return line.slice(at + start.length, end === -1 ? line.length : end).trim();
    }
  }
  return null;
}

/** The first `most` names of values that {@link cookieLines} wrote whose name begins with `prefix`. */
export function valueNames({ flat }: HeaderList, prefix: string, most: number): readonly string[] {
  const names = new Set<string>();
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'cookie' || flat[i + 1]?.includes(prefix) !== true) continue;
    for (const pair of flat[i + 1]?.split(';') ?? []) {
      const name = pair.slice(0, pair.indexOf('=')).trim();
      // A dot is in the names of further parts only.
      if (!name.startsWith(prefix) || name.includes('.', prefix.length)) continue;
      names.add(name);
      if (names.size === most) return [...names];
    }
  }
  return [...names];
}

/** Takes the cookies whose name begins with `prefix` out of a request. */
export function dropCookies(headers: HeaderList, prefix: string): void {
  const { flat } = headers;
  for (let i = flat.length - 2; i >= 0; i -= 2) {
    if (flat[i] !== 'cookie' || flat[i + 1]?.includes(prefix) !== true) continue;
    const kept = flat[i + 1]?.split(';').filter((pair) => !pair.trimStart().startsWith(prefix)) ?? [];
    const line = kept.join(';').trim();
    if (line === '') flat.splice(i, 2);
    else flat[i + 1] = line;
  }
}

/**
 * Values of `set-cookie` that give a browser `value` (characters of base64url), in several cookies where it is long, and
 * take away those of a longer value before; null when it is too long.
 *
 * @param seconds How long the browser keeps it.
 */
export function cookieLines(
  name: string,
  value: string,
  seconds: number,
  scope: CookieScope,
  headers: HeaderList,
): readonly string[] | null {
  const parts = Math.ceil(value.length / longestValue);
  if (parts > mostParts) return null;
  const lines: string[] = [];
  for (let i = 0; i < parts; i++) {
    const part = value.slice(i * longestValue, (i + 1) * longestValue);
    lines.push(line(partName(name, i), i === 0 && parts > 1 ? `${parts}.${part}` : part, seconds, scope));
  }
  for (let i = parts; i < mostParts; i++) {
    if (findCookie(headers, partName(name, i)) !== null) lines.push(line(partName(name, i), '', 0, scope));
  }
  return lines;
}

/** Values of `set-cookie` that take away what a request has under `name`. */
export function expiredLines(name: string, scope: CookieScope, headers: HeaderList): readonly string[] {
  const lines = [line(name, '', 0, scope)];
  for (let i = 1; i < mostParts; i++) {
    if (findCookie(headers, partName(name, i)) !== null) lines.push(line(partName(name, i), '', 0, scope));
  }
  return lines;
}

function partName(name: string, part: number): string {
  return part === 0 ? name : `${name}.${part}`;
}

/** Lax: sent when a link or the provider leads here, not with requests that other sites make. */
function line(name: string, value: string, seconds: number, { secure }: CookieScope): string {
  return `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
}
