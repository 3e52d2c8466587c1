import type { HeaderList } from '../../net/http/headers.ts';

/** Leaves of the `anthropic-beta` field only what `known` takes; the field itself goes where nothing is left. */
export function keepBetas(fields: HeaderList, known: (beta: string) => boolean): void {
  const sent = fields.combined('anthropic-beta');
  if (sent === undefined) return;
  const kept = sent
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '' && known(beta));
  if (kept.length === 0) fields.delete('anthropic-beta');
  else fields.set('anthropic-beta', kept.join(','));
}
