import { isJsonRecord, parseJson } from '../json/parse.ts';
import { mayHoldUsage } from '../usage/extract.ts';
import { sseData } from '../usage/sse-data.ts';

const LF = 0x0a;
const CR = 0x0d;

/**
 * A region of whole chat events without the event that only tells the usage (`choices: []`), which the gateway asked for
 * and the client did not (OpenAI API reference: `stream_options.include_usage`). The same buffer where there is none; only
 * regions that may tell usage need to be looked at.
 */
export function withoutUsageEvent(region: Buffer): Buffer {
  const parts: Buffer[] = [];
  let dropped = false;
  for (const event of rawEvents(region)) {
    if (tellsOnlyUsage(event)) dropped = true;
    else parts.push(event);
  }
  return dropped ? Buffer.concat(parts) : region;
}

function tellsOnlyUsage(event: Buffer): boolean {
  if (!mayHoldUsage(event)) return false;
  for (const data of sseData(event)) {
    const chunk = parseJson(data.toString('utf8'));
    if (!isJsonRecord(chunk) || !isJsonRecord(chunk['usage'])) return false;
    const { choices } = chunk;
    return Array.isArray(choices) && choices.length === 0;
  }
  return false;
}

/** Each event with the blank line that ends it. */
function* rawEvents(region: Buffer): Generator<Buffer> {
  let start = 0;
  let lineStart = 0;
  for (let at = 0; at < region.length; at++) {
    const c = region[at];
    if (c !== LF && c !== CR) continue;
    const blank = at === lineStart;
    if (c === CR && region[at + 1] === LF) at++;
    lineStart = at + 1;
    if (!blank) continue;
    yield region.subarray(start, lineStart);
    start = lineStart;
  }
  if (start < region.length) yield region.subarray(start);
}
