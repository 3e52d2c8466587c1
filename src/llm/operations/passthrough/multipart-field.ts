/** A field of a form, in the bytes that were searched. */
export interface FoundField {
  readonly value: string;
  readonly start: number;
  /** One past its last byte. */
  readonly end: number;
}

/** What the beginning of a form says of a field: where it is, that it does not come any more, or nothing yet. */
export type FieldSearch = FoundField | 'absent' | 'unknown';

/** Longest value that is taken for one; a model's name is far shorter. */
const MAX_VALUE = 1024;
const DASH = 0x2d;

/** The boundary that a content type names (RFC 2046 §5.1.1), or null. */
export function multipartBoundary(contentType: string): string | null {
  if (!/^\s*multipart\/form-data\s*(?:;|$)/i.test(contentType)) return null;
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}

/**
 * Looks for a plain field in the beginning of a form (RFC 7578). The bytes are only read; files are skipped, not looked
 * into.
 */
export function findField(form: Buffer, boundary: string, name: string): FieldSearch {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const first = delimiter.subarray(2);
  // The first delimiter may stand at the very beginning.
  let at = form.subarray(0, first.length).equals(first) ? first.length : after(form, delimiter, 0);
  while (at !== -1) {
    if (form[at] === DASH && form[at + 1] === DASH) return 'absent';
    const body = after(form, Buffer.from('\r\n\r\n'), at);
    if (body === -1) return 'unknown';
    const end = form.indexOf(delimiter, body - 2);
    if (isField(form.toString('utf8', at, body), name)) {
      if (end === -1) return form.length - body > MAX_VALUE + delimiter.length ? 'absent' : 'unknown';
      // A part without content begins its delimiter with the line end of its head.
      const stop = Math.max(body, end);
      return stop - body > MAX_VALUE ? 'absent' : { value: form.toString('utf8', body, stop), start: body, end: stop };
    }
    at = end === -1 ? -1 : end + delimiter.length;
  }
  return 'unknown';
}

/** One past the next occurrence of `what`, or -1. */
function after(form: Buffer, what: Buffer, from: number): number {
  const found = form.indexOf(what, from);
  return found === -1 ? -1 : found + what.length;
}

/** True for the head of a part that is this field and no file. */
function isField(head: string, name: string): boolean {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1];
  if (disposition === undefined || /;\s*filename\*?=|^\s*filename\*?=/i.test(disposition)) return false;
  const match = /(?:^|;)\s*name=(?:"([^"]*)"|([^\s;"]+))/i.exec(disposition);
  return (match?.[1] ?? match?.[2]) === name;
}
