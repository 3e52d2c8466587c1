import { openSignature, sealSignature } from '../../pivot/signature.ts';
import type { CallSignature, ThinkingBlock } from '../../pivot/request.ts';

/** The vendor family that makes and reads `thoughtSignature`: Gemini, wherever it runs. */
export const google = 'google';

/**
 * Tells the API not to look for the signature of a call that Gemini did not make (base64 of
 * `skip_thought_signature_validator`, ai.google.dev/gemini-api/docs/thought-signatures).
 */
export const unsignedCall: string = Buffer.from('skip_thought_signature_validator').toString('base64');

/** What `thoughtSignature` of a client's part holds. */
export type OpenedSignature =
  /** Gemini's own, of the part that it stands in. */
  | { readonly kind: 'own'; readonly data: string }
  /** Another vendor's, of the call that it stands in. */
  | { readonly kind: 'call'; readonly signature: CallSignature }
  /** Other vendors' reasoning that came before the part; `text` null: the part's own. */
  | { readonly kind: 'thoughts'; readonly thoughts: readonly SealedThought[] };

/** Reasoning inside an envelope. */
export type SealedThought = Omit<ThinkingBlock, 'kind' | 'text'> & { readonly text: string | null };

const base64 = /^(?:[A-Za-z0-9+/]*={0,2}|[A-Za-z0-9_-]*={0,2})$/;
/** How base64 of an envelope begins. */
const sealed = Buffer.from('waygate.v1.').toString('base64').slice(0, 14);

/** Whether the API can read it: text that is not base64 is refused, with the whole request. */
export function isReadable(signature: string | undefined): signature is string {
  return signature !== undefined && signature !== '' && base64.test(signature) && signature.length % 4 !== 1;
}

/**
 * Writes reasoning for clients of this API, whose libraries decode the member as base64. Gemini's own signature stays as
 * it is; undefined where nothing is signed.
 */
export function sealThoughts(thoughts: readonly SealedThought[]): string | undefined {
  const signed = thoughts.filter(({ signature, redacted }) => signature !== undefined || redacted !== undefined);
  const [first] = signed;
  if (first === undefined) return undefined;
  if (signed.every(({ vendor }) => vendor === google)) return signed.at(-1)?.signature;
  const entries = signed.map(({ vendor, text, signature, redacted }) => [
    vendor,
    text,
    signature ?? null,
    redacted ?? null,
  ]);
  return encode(sealSignature({ vendor: first.vendor, data: JSON.stringify(entries), of: 'thought' }));
}

/** Writes the signature of a call for clients of this API. */
export function sealCall({ vendor, data }: CallSignature): string {
  return vendor === google ? data : encode(sealSignature({ vendor, data, of: 'call' }));
}

/** Reads `thoughtSignature` of a client. A damaged envelope holds no thoughts. */
export function openThoughtSignature(text: string): OpenedSignature {
  if (!text.startsWith(sealed)) return { kind: 'own', data: text };
  const envelope = openSignature(Buffer.from(text, 'base64').toString());
  if (envelope === null) return { kind: 'own', data: text };
  const { vendor, data, of } = envelope;
  if (of === 'call') return { kind: 'call', signature: { vendor, data } };
  return { kind: 'thoughts', thoughts: readEntries(data) };
}

function readEntries(data: string): readonly SealedThought[] {
  try {
    const entries: unknown = JSON.parse(data);
    return Array.isArray(entries) ? entries.flatMap(readEntry) : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function readEntry(entry: unknown): readonly SealedThought[] {
  if (!Array.isArray(entry) || typeof entry[0] !== 'string') return [];
  const [vendor, text, signature, redacted]: readonly unknown[] = entry;
  return [
    {
      vendor: String(vendor),
      text: typeof text === 'string' ? text : null,
      ...(typeof signature === 'string' ? { signature } : {}),
      ...(typeof redacted === 'string' ? { redacted } : {}),
    },
  ];
}

function encode(envelope: string): string {
  return Buffer.from(envelope).toString('base64');
}
