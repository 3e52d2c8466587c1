const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const DATA = Buffer.from('data');
const NEWLINE = Buffer.from('\n');
const NONE = Buffer.alloc(0);

/**
 * The data of each event in `region`, which holds whole events (WHATWG HTML §9.2.6): `data` fields joined by line feeds,
 * comments and other fields left out, a byte order mark skipped, events without data omitted.
 */
export function* sseData(region: Buffer): Generator<Buffer> {
  const { length } = region;
  let lines: Buffer[] = [];
  let at = region[0] === 0xef && region[1] === 0xbb && region[2] === 0xbf ? 3 : 0;
  while (at < length) {
    const end = lineEnd(region, at);
    if (end === at) {
      if (lines.length > 0) yield join(lines);
      lines = [];
    } else {
      const data = dataField(region, at, end);
      if (data !== null) lines.push(data);
    }
    at = region[end] === CR && region[end + 1] === LF ? end + 2 : end + 1;
  }
  if (lines.length > 0) yield join(lines);
}

function lineEnd(region: Buffer, from: number): number {
  let at = from;
  while (at < region.length && region[at] !== LF && region[at] !== CR) at++;
  return at;
}

/** The value of the line if its field is `data`, else null. */
function dataField(region: Buffer, start: number, end: number): Buffer | null {
  if (region.compare(DATA, 0, DATA.length, start, Math.min(end, start + DATA.length)) !== 0) return null;
  const after = start + DATA.length;
  if (after === end) return NONE;
  if (region[after] !== COLON) return null;
  return region.subarray(region[after + 1] === SPACE && after + 1 < end ? after + 2 : after + 1, end);
}

function join(lines: readonly Buffer[]): Buffer {
  if (lines.length === 1) return lines[0] as Buffer;
  return Buffer.concat(lines.flatMap((line, i) => (i === 0 ? [line] : [NEWLINE, line])));
}
