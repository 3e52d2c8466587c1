import type { HeaderList } from '../../net/http/headers.ts';
import { betasOf } from '../request/betas.ts';

/**
 * Leaves of the `anthropic-beta` field only what `known` takes; the field itself goes where nothing is left.
 *
 * @param dropped Is told the others.
 */
export function keepBetas(fields: HeaderList, known: (beta: string) => boolean, dropped: string[]): void {
  if (!fields.has('anthropic-beta')) return;
  const kept: string[] = [];
  for (const beta of betasOf(fields)) {
    if (known(beta)) kept.push(beta);
    else dropped.push(`anthropic-beta[${beta}]`);
  }
  if (kept.length === 0) fields.delete('anthropic-beta');
  else fields.set('anthropic-beta', kept.join(','));
}
