import { openSignature, sealSignature } from '../../pivot/signature.ts';

/** The vendor family that makes and reads this API's signatures: Claude, wherever it runs. */
export const claude = 'anthropic';

/** Another vendor's signature, or its absence, as a client carries it back. */
export interface ThoughtSignature {
  readonly vendor: string;
  /** Undefined: the vendor gave none. */
  readonly signature?: string;
}

/** A signature as a client of this API gets it: Claude's own verbatim, others sealed. */
export function writeSignature(vendor: string, signature: string | undefined): string {
  if (vendor === claude && signature !== undefined && signature !== '') return signature;
  return sealSignature({ vendor, data: signature ?? '', of: 'thought' });
}

/** Reads a signature that a client sends back: an envelope's content, or Claude's own. */
export function readSignature(text: string): ThoughtSignature {
  const sealed = openSignature(text);
  if (sealed === null) return text === '' ? { vendor: claude } : { vendor: claude, signature: text };
  return sealed.data === '' ? { vendor: sealed.vendor } : { vendor: sealed.vendor, signature: sealed.data };
}
