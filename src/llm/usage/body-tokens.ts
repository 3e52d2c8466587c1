/** Bytes of a token, on average: characters of text and code, and what JSON puts around them. */
const BYTES_PER_TOKEN = 4;
/** Shorter bodies hold no medium that would count for much more than its place. */
const SMALL = 64 * 1024;
/** Bytes from one look to the next. A medium that is shorter counts for no more as text than as itself. */
const STEP = 4 * 1024;
/** Bytes of base64 in a row that are no text. */
const RUN = 32;
/** An image of 1024 × 1024 at high detail (OpenAI, "Images and vision"); other media are taken to cost as much. */
const PER_MEDIUM = 765;

/** 1 for the digits of base64 (RFC 4648 §4 and §5). */
const digits = new Uint8Array(256);
for (const c of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_')) digits[c] = 1;

/**
 * Tokens of a request in any format, about, by its length and by a look at few of its bytes: media in base64 count as
 * media. It is cheap enough for every stream, whose body is let go when the answer begins.
 */
export function bodyTokens(body: Buffer): number {
  if (body.byteLength < SMALL) return Math.ceil(body.byteLength / BYTES_PER_TOKEN);
  let text = body.byteLength;
  let media = 0;
  let within = false;
  for (let at = 0; at < body.byteLength; at += STEP) {
    const medium = isBase64(body, at);
    if (medium) text -= Math.min(STEP, body.byteLength - at);
    if (medium && !within) media += 1;
    within = medium;
  }
  return Math.ceil(text / BYTES_PER_TOKEN) + media * PER_MEDIUM;
}

function isBase64(body: Buffer, from: number): boolean {
  const end = from + RUN;
  if (end > body.byteLength) return false;
  for (let at = from; at < end; at++) if (digits[body[at] as number] !== 1) return false;
  return true;
}
