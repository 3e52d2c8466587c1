/** Who made a signature of reasoning; only the same vendor family can read it. Claude is one wherever it runs. */
export type SignatureVendor = 'anthropic' | 'google' | 'openai' | (string & {});

/** A signature as a client carries it for another vendor. */
export interface SealedSignature {
  readonly vendor: SignatureVendor;
  /** '' where the vendor gave none. */
  readonly data: string;
  /** What it signs: the block that it stands in, or the tool call that follows it; `redacted`: it is the thought itself. */
  readonly of: 'thought' | 'redacted' | 'call';
}

const mark = 'waygate.v1.';

/** Text that carries a signature through clients of any API: letters, digits, `.`, `_` and `-`. */
export function sealSignature({ vendor, data, of }: SealedSignature): string {
  return `${mark}${Buffer.from(JSON.stringify([vendor, data, of])).toString('base64url')}`;
}

/** Reads {@link sealSignature}'s text. Null: no envelope, so the signature is of the vendor whose API the client speaks. */
export function openSignature(text: string): SealedSignature | null {
  if (!text.startsWith(mark)) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(text.slice(mark.length), 'base64url').toString());
    if (Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string') {
      const of = value[2] === 'call' || value[2] === 'redacted' ? value[2] : 'thought';
      return { vendor: value[0], data: value[1], of };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  // A damaged envelope says nothing that any vendor could read.
  return { vendor: 'unreadable', data: '', of: 'thought' };
}
