import type { HeaderList } from './headers.ts';

/** Says that the response depends on request fields, besides those that it says so of already (RFC 9110 §12.5.5). */
export function addVary(headers: HeaderList, name: string): void {
  const vary = headers.combined('vary');
  if (vary === undefined) {
    headers.append('vary', name);
    return;
  }
  const listed = vary.toLowerCase().split(',');
  if (listed.some((entry) => entry.trim() === '*' || entry.trim() === name.toLowerCase())) return;
  headers.set('vary', vary === '' ? name : `${vary}, ${name}`);
}
