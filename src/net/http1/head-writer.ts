import type { HeaderList } from '../http/headers.ts';
import { titleCase } from './known-fields.ts';
import { toLatin1 } from './latin1.ts';
import { reasonPhrases } from './reason-phrases.ts';

const statusLines: readonly string[] = Array.from(
  { length: 1000 },
  (_, status) => `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ''}\r\n`,
);

/** `HTTP/1.1 200 OK` and CR LF. */
export function statusLine(status: number): string {
  return statusLines[status] ?? `HTTP/1.1 ${status} \r\n`;
}

/**
 * Field lines as they go on the wire. Names come out in lower case, or as received where `headers.original` has them.
 * Framing fields that slipped in are left out: a connection writes its own.
 */
export function fieldLines(headers: HeaderList): string {
  const { flat, original } = headers;
  let text = '';
  if (original !== null) {
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string;
      if (isFraming(name)) continue;
      text += `${original.get(name) ?? name}: ${flat[i + 1] as string}\r\n`;
    }
    return toLatin1(text);
  }
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string;
    if (isFraming(name)) continue;
    text += `${name}: ${flat[i + 1] as string}\r\n`;
  }
  return toLatin1(text);
}

/** How a connection spells a field of its own: as received where case is preserved, lower case otherwise. */
export function ownName(name: string, original: Map<string, string> | null): string {
  return original === null ? name : (original.get(name) ?? titleCase(name));
}

function isFraming(name: string): boolean {
  switch (name.length) {
    case 10:
      return name === 'connection' || name === 'keep-alive';
    case 14:
      return name === 'content-length';
    case 17:
      return name === 'transfer-encoding';
    default:
      return false;
  }
}
