import { bytesOf, casesOf, type Http1Case } from './cases.ts';

const families = ['authority', 'chunks', 'cl-te', 'content-length', 'fields', 'line-ends', 'request-line', 'te-te'];
const marks = ['\r', '\n', '\r\n', ' ', '\t', '\0', ':', ',', ';', '\x0b', '\xa0', '0', '1', '\r\n\r\n', ' HTTP/1.1'];
const fields = ['chunked', 'Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n'];
const ends = ['0\r\n\r\n', 'GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n'];
/** What parsers trip over. */
const pieces = [...marks, ...fields, ...ends];

/** Numbers from 0 to `below`, the same in each run (a linear congruence). */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** `text` changed in up to three places. */
function mutated(text: string, next: (below: number) => number): string {
  let result = text;
  for (let i = next(3); i >= 0; i -= 1) {
    const at = next(result.length + 1);
    const length = next(4);
    const kind = next(4);
    const piece = pieces[next(pieces.length)] ?? '';
    if (kind === 0) result = result.slice(0, at) + piece + result.slice(at);
    else if (kind === 1) result = result.slice(0, at) + result.slice(at + length);
    else if (kind === 2) result = result.slice(0, at) + piece + result.slice(at + length);
    else {
      const lines = result.split('\r\n');
      lines.splice(next(lines.length), 0, lines[next(lines.length)] ?? '');
      result = lines.join('\r\n');
    }
  }
  return result;
}

/** Requests of the corpus over HTTP/1, changed by chance; the same ones in each run. */
export function* mutations(count: number, seed: number): Generator<Buffer> {
  const next = sequence(seed);
  const seeds = families.flatMap((family) => casesOf<Http1Case>(family).cases);
  const texts = seeds.map(({ send }) => bytesOf(send).toString('latin1')).filter(({ length }) => length < 2000);
  for (let i = 0; i < count; i += 1) yield Buffer.from(mutated(texts[next(texts.length)] ?? '', next), 'latin1');
}
