import type { DetailedError } from '@cedar-policy/cedar-wasm/nodejs';

/** What is wrong with a text of Cedar. */
export interface CedarProblem {
  readonly message: string;
  /** Where, in UTF-16 units from the start of the text. */
  readonly offset: number;
}

/** An error of Cedar about a text. Its own offsets count bytes of UTF-8. */
export function problemOf(error: DetailedError, text: string, textOffset = 0): CedarProblem {
  const [place] = error.sourceLocations ?? [];
  const bytes = place?.start ?? 0;
  const offset = bytes === 0 ? 0 : Buffer.from(text).subarray(0, bytes).toString().length;
  const label = place?.label === undefined || place.label === null ? '' : `; ${place.label}`;
  const help = error.help === null ? '' : `; ${error.help}`;
  return { message: `${cleaned(error.message)}${label}${help}`, offset: textOffset + offset };
}

/** Without what the place and the position say already. */
function cleaned(message: string): string {
  return message
    .replace(/^failed to parse (?:policies|policy set|policy|schema) from string: (?:error parsing schema: )?/, '')
    .replace(/^for policy `[^`]*`, /, '');
}
