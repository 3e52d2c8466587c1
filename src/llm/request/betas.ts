import type { HeaderList } from '../../net/http/headers.ts';

const none: readonly string[] = [];

/** The betas of Anthropic's API that a request asks for in its `anthropic-beta` fields. */
export function betasOf(fields: HeaderList): readonly string[] {
  const sent = fields.combined('anthropic-beta');
  if (sent === undefined) return none;
  return sent
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => beta !== '');
}
