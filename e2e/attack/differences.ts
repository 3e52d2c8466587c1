import type { StrictRequest } from './strict-upstream.ts';

/** What a case says of the requests that reach the upstream. */
export interface Wanted {
  readonly upstream: readonly string[];
  readonly anyUpstream?: boolean;
  readonly body?: string;
  readonly host?: string;
  readonly without?: readonly string[];
}

/** In words, where the upstream saw something else than what was wanted. */
export function differences(wanted: Wanted, seen: readonly StrictRequest[]): string[] {
  const wrong: string[] = [];
  const lines = seen.map(({ line }) => line);
  if (wanted.anyUpstream !== true && lines.join('\n') !== wanted.upstream.join('\n')) {
    wrong.push(`the upstream saw ${JSON.stringify(lines)}`);
  }
  const [first] = seen;
  if (first === undefined) return wrong;
  const { body, host, without = [] } = wanted;
  if (body !== undefined && first.body !== body) wrong.push(`the body is ${JSON.stringify(first.body)}`);
  const sent = first.fields.find(([name]) => name === 'host')?.[1];
  if (host !== undefined && sent !== host) wrong.push(`Host is ${sent}`);
  const text = JSON.stringify(first.fields);
  for (const part of without) if (text.includes(part)) wrong.push(`the upstream saw ${part}`);
  return wrong;
}
