import { isJsonRecord } from '../../json/parse.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { CallSignature } from '../../pivot/request.ts';
import { openSignature, sealSignature } from '../../pivot/signature.ts';

/** Stands between a call's id and the signature that must come back with it; other gateways use the same word. */
const SEPARATOR = '__thought__';
/** Whose signatures stand there as they are. */
const HOME = 'google';

/** A call's id with its signature: clients of this API send ids back, and hardly anything else. */
export function writeCallId(id: string, signature: CallSignature | undefined): string {
  if (signature === undefined) return id;
  const { vendor, data } = signature;
  return `${id}${SEPARATOR}${vendor === HOME ? data : sealSignature({ vendor, data, of: 'call' })}`;
}

/** The way back of {@link writeCallId}. */
export function readCallId(text: string): { readonly id: string; readonly signature?: CallSignature } {
  const at = text.indexOf(SEPARATOR);
  if (at === -1) return { id: text };
  const data = text.slice(at + SEPARATOR.length);
  const sealed = openSignature(data);
  const signature = sealed === null ? { vendor: HOME, data } : { vendor: sealed.vendor, data: sealed.data };
  return { id: text.slice(0, at), signature };
}

/** The signature that Google's own face of this API puts beside a call. */
export function googleSignature(call: JsonObject): { readonly signature?: CallSignature } {
  const extra = call['extra_content'];
  const google = isJsonRecord(extra) ? extra['google'] : undefined;
  const data = isJsonRecord(google) ? google['thought_signature'] : undefined;
  return typeof data === 'string' && data !== '' ? { signature: { vendor: HOME, data } } : {};
}
