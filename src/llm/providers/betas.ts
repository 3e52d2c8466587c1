import type { HeaderList } from '../../net/http/headers.ts';
import { betasOf } from '../request/betas.ts';

/** Leaves of the `anthropic-beta` field only what `known` takes; the field itself goes where nothing is left. */
export function keepBetas(fields: HeaderList, known: (beta: string) => boolean): void {
  if (!fields.has('anthropic-beta')) return;
  const kept = betasOf(fields).filter(known);
  if (kept.length === 0) fields.delete('anthropic-beta');
  else fields.set('anthropic-beta', kept.join(','));
}
