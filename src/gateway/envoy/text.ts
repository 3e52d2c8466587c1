import type { HeaderValue } from '../../net/grpc/envoy/core.ts';

// oxlint-disable-next-line no-control-regex -- the range of ASCII
const ascii = /^[\x00-\x7f]*$/;

/** A field value, whose code units are bytes, as the UTF-8 text that it is; what is none has replacement characters. */
export function fieldText(value: string): string {
  return ascii.test(value) ? value : Buffer.from(value, 'latin1').toString('utf8');
}

/** A field value as a service gives it, with one byte in each code unit. */
export function fieldBytes({ rawValue = '', value = '' }: HeaderValue): string {
  if (rawValue !== '') return rawValue;
  return ascii.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1');
}
