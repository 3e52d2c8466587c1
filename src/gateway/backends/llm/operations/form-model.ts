import { findField, type FoundField } from '../../../../llm/operations/passthrough/multipart-field.ts';
import type { Exchange } from '../../../exchange.ts';

/** How much of a form is read for its model: short recordings whole, of anything else the beginning. */
const READ_AHEAD = 256 * 1024;

/** The field `model` of a form, read ahead only as far as it takes; null where the beginning has none. */
export async function findFormModel(x: Exchange, boundary: string): Promise<FoundField | null> {
  let seen = 0;
  for (;;) {
    await x.body.prefetch(seen);
    const bytes = x.body.seen ?? Buffer.alloc(0);
    const found = findField(bytes, boundary, 'model');
    if (typeof found === 'object') return found;
    if (found === 'absent' || x.body.complete || bytes.length >= READ_AHEAD) return null;
    seen = bytes.length;
  }
}
