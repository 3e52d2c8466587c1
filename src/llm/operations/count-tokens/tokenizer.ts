/** Tokens of a text. */
export type CountText = (text: string) => number;

/** Longest text that is cut into tokens at once: the merging of one word takes time with the square of its length. */
const SLICE = 512;
/** Characters of one request that are really counted; the rest is taken to be like them. */
const COUNTED = 512 * 1024;

/**
 * The tokenizer of OpenAI's current models (`o200k_base`), loaded at the first call: its table takes 60 MB, which a
 * gateway that never estimates does not need.
 */
export async function loadTokenizer(): Promise<CountText> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
  // What looks like a control token in a client's text is text.
  const plain = { disallowedSpecial: new Set<string>() };
  return (text) => countSlices(text, (slice) => countTokens(slice, plain));
}

function countSlices(text: string, count: CountText): number {
  const counted = Math.min(text.length, COUNTED);
  let tokens = 0;
  for (let at = 0; at < counted; at += SLICE) tokens += count(text.slice(at, Math.min(counted, at + SLICE)));
  return counted === 0 ? 0 : Math.ceil((tokens * text.length) / counted);
}
