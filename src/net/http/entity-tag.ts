import type { HeaderList } from './headers.ts';

/** Says of a body that was changed that it is the same only in what it means (RFC 9110 §8.8.1). */
export function weakenEntityTag(headers: HeaderList): void {
  const tag = headers.get('etag');
  if (tag !== undefined && !tag.startsWith('W/')) headers.set('etag', `W/${tag}`);
}

/** Fields about the exact bytes of a body, which no longer hold once it was changed. */
export function dropByteFields(headers: HeaderList): void {
  for (const name of ['accept-ranges', 'content-md5', 'content-digest', 'repr-digest', 'digest']) headers.delete(name);
}
