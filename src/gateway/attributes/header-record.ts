import type { HeaderList } from '../../net/http/headers.ts';

/**
 * Fields by name, several lines of one name joined as a list value.
 *
 * @param bodyLength Bytes of the body where known: framing fields are not in the list, and expressions still name them.
 */
export function headerRecord(headers: HeaderList, bodyLength: number): Readonly<Record<string, string>> {
  const record: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of headers) {
    const before = record[name];
    record[name] = before === undefined ? value : `${before}, ${value}`;
  }
  if (bodyLength > 0) record['content-length'] = String(bodyLength);
  return record;
}
