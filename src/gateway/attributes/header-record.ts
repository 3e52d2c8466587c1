import type { HeaderList } from '../../net/http/headers.ts';

/** Fields by name, several lines of one name joined as a list value. */
export function headerRecord(headers: HeaderList): Readonly<Record<string, string>> {
  const record: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of headers) {
    const before = record[name];
    record[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return record;
}
