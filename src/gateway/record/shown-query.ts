import { withoutParameter } from '../authentication/query-parameters.ts';

/** A query as logs and labels may show it: without the parameters that hold credentials. */
export function shownQuery(query: string, secret: readonly string[] | 'all'): string {
  if (secret === 'all') return '';
  return secret.reduce((rest, name) => withoutParameter(rest, name), query);
}
