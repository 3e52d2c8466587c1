/** The vendor family that makes and reads this API's signatures: Claude, wherever it runs. */
export const claude = 'anthropic';

const mark = 'waygate.v1.';

/** Another vendor's signature, or its absence, as a client carries it back: an envelope that names the vendor. */
export interface SealedThought {
  readonly vendor: string;
  /** Undefined: the vendor gave none. */
  readonly signature?: string;
}

/** A signature as a client of this API gets it: Claude's own verbatim, others in an envelope. */
export function sealSignature(vendor: string, signature: string | undefined): string {
  if (vendor === claude && signature !== undefined && signature !== '') return signature;
  return `${mark}${Buffer.from(JSON.stringify([vendor, signature ?? ''])).toString('base64url')}`;
}

/** Reads a signature that a client sends back: an envelope's content, or Claude's own. */
export function openSignature(text: string): SealedThought {
  if (!text.startsWith(mark)) return text === '' ? { vendor: claude } : { vendor: claude, signature: text };
  const [vendor, signature] = envelope(text.slice(mark.length));
  return signature === '' ? { vendor } : { vendor, signature };
}

/** What an envelope holds; one that was damaged holds nothing that anyone can read. */
function envelope(encoded: string): readonly [string, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    if (Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string')
      return [value[0], value[1]];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return ['unreadable', ''];
}
