import type { CallSignature, ThinkingBlock } from '../../pivot/request.ts';
import { openSignature, sealSignature } from '../../pivot/signature.ts';

/** The vendor family whose `encrypted_content` stands in reasoning items as it is. */
export const HOME = 'openai';

/** What names an encrypted thought of OpenAI's. */
export interface EncryptedThought {
  /** Of the reasoning item; '' where it had none. */
  readonly id: string;
  readonly content: string;
}

/** Who signed a thought, and how. */
export type Signed = Pick<ThinkingBlock, 'vendor' | 'signature' | 'redacted'>;

/** OpenAI's signature of a thought: the id of its item and its encrypted content, which never holds a colon. */
export function homeSignature({ id, content }: EncryptedThought): string {
  return `${id}:${content}`;
}

/** The way back of {@link homeSignature}; null where there is no encrypted content. */
export function readHomeSignature(signature: string | undefined): EncryptedThought | null {
  if (signature === undefined) return null;
  const colon = signature.indexOf(':');
  const content = signature.slice(colon + 1);
  return content === '' ? null : { id: signature.slice(0, Math.max(0, colon)), content };
}

/**
 * `encrypted_content` of a thought as a client carries it, in an item with this id; null for one that nobody signed. OpenAI
 * checks that its content stands in the item that it was made for, so that elsewhere it is sealed too.
 */
export function writeEncrypted(id: string, { vendor, signature, redacted }: Signed): string | null {
  if (redacted !== undefined) return sealSignature({ vendor, data: redacted, of: 'redacted' });
  if (vendor !== HOME) return sealSignature({ vendor, data: signature ?? '', of: 'thought' });
  const own = readHomeSignature(signature);
  if (own === null || signature === undefined) return null;
  return own.id === id ? own.content : sealSignature({ vendor, data: signature, of: 'thought' });
}

/** `encrypted_content` of an item that only carries the signature of the call after it. */
export function writeCallEncrypted({ vendor, data }: CallSignature): string {
  return sealSignature({ vendor, data, of: 'call' });
}

/** What a reasoning item says: a thought, or the signature of the next call. */
export type ReadReasoning =
  | { readonly kind: 'thought'; readonly block: ThinkingBlock | null }
  | { readonly kind: 'call'; readonly signature: CallSignature };

/** Reads the parts of a reasoning item; the block is null where it says nothing that anyone could use. */
export function readEncrypted(id: string, text: string, encrypted: string): ReadReasoning {
  const sealed = encrypted === '' ? null : openSignature(encrypted);
  if (sealed === null) return { kind: 'thought', block: homeThought(id, text, encrypted) };
  const { vendor, data, of } = sealed;
  if (of === 'call') return { kind: 'call', signature: { vendor, data } };
  if (of === 'redacted') return { kind: 'thought', block: { kind: 'thinking', text, redacted: data, vendor } };
  return { kind: 'thought', block: { kind: 'thinking', text, ...(data === '' ? {} : { signature: data }), vendor } };
}

function homeThought(id: string, text: string, content: string): ThinkingBlock | null {
  if (content !== '') return { kind: 'thinking', text, signature: homeSignature({ id, content }), vendor: HOME };
  return text === '' ? null : { kind: 'thinking', text, vendor: HOME };
}
