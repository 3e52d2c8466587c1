import type { HeaderList } from '../../net/http/headers.ts';

/** The value of a cookie; `twice` where it is there more than once. HTTP/2 may have one in each field (RFC 9113 §8.2.3). */
export function cookieIn(headers: HeaderList, name: string): { readonly value: string } | 'twice' | null {
  let found: { readonly value: string } | null = null;
  const { flat } = headers;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'cookie') continue;
    for (const pair of (flat[i + 1] ?? '').split(';')) {
      if (nameOf(pair) !== name) continue;
      if (found !== null) return 'twice';
      found = { value: unquoted(pair.slice(pair.indexOf('=') + 1).trim()) };
    }
  }
  return found;
}

/** Takes a cookie out; the others stay as they were written. */
export function withoutCookie(headers: HeaderList, name: string): void {
  const kept: string[] = [];
  const { flat } = headers;
  let found = false;
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] !== 'cookie') continue;
    for (const pair of (flat[i + 1] ?? '').split(';')) {
      if (nameOf(pair) === name) found = true;
      else if (pair.trim() !== '') kept.push(pair.trim());
    }
  }
  if (!found) return;
  if (kept.length === 0) headers.delete('cookie');
  else headers.set('cookie', kept.join('; '));
}

function nameOf(pair: string): string | null {
  const equals = pair.indexOf('=');
  return equals === -1 ? null : pair.slice(0, equals).trim();
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
