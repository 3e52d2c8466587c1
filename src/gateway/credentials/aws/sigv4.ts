import { createHmac, hash } from 'node:crypto';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { AwsKeys } from './keys.ts';

/** The parts of a request that a signature covers; {@link SigV4.sign} adds its fields to `headers`. */
export interface SignableRequest {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  query: string;
  readonly headers: HeaderList;
}

const algorithm = 'AWS4-HMAC-SHA256';

/** Fields of a signature; those of a client's own would contradict ours. */
const signatureFields = ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'] as const;

/** Parameters of a presigned URL, lower case. */
const presignedParameters = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/**
 * Signs requests for one service in one region with AWS Signature Version 4.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class SigV4 {
  readonly #region: string;
  readonly #service: string;
  /** The key of a day, which many requests have in common. */
  #keyFor: string;
  #key: Buffer;

  constructor(region: string, service: string) {
    this.#region = region;
    this.#service = service;
    this.#keyFor = '';
    this.#key = Buffer.alloc(0);
  }

  /**
   * Replaces the signature of `request`. Signed are Host, Content-Type and every X-Amz field: what AWS demands, and
   * nothing that a proxy on the way may change.
   *
   * @param nowMs Milliseconds since the Unix epoch; AWS allows it to be five minutes off.
   */
  sign(request: SignableRequest, body: Uint8Array, keys: AwsKeys, nowMs: number): void {
    const { headers } = request;
    for (const name of signatureFields) headers.delete(name);
    const time = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    const payload = hash('sha256', body, 'hex');
    headers.append('x-amz-date', time);
    headers.append('x-amz-content-sha256', payload);
    if (keys.sessionToken !== undefined) headers.append('x-amz-security-token', keys.sessionToken);
    request.query = withoutSignature(request.query);
    const fields = signedFields(request);
    const names = fields.map(([name]) => name).join(';');
    const canonical = [
      request.method,
      canonicalPath(request.path, this.#service !== 's3'),
      canonicalQuery(request.query),
      ...fields.map(([name, value]) => `${name}:${value}`),
      '',
      names,
      payload,
    ].join('\n');
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const text = [algorithm, time, scope, hash('sha256', Buffer.from(canonical, 'latin1'), 'hex')].join('\n');
    const signature = hmac(this.#signingKey(keys, day), text).toString('hex');
    headers.append(
      'authorization',
      `${algorithm} Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    );
  }

  #signingKey({ secretAccessKey }: AwsKeys, day: string): Buffer {
    const wanted = `${day} ${secretAccessKey}`;
    if (this.#keyFor === wanted) return this.#key;
    let key = hmac(`AWS4${secretAccessKey}`, day);
    for (const part of [this.#region, this.#service, 'aws4_request']) key = hmac(key, part);
    this.#keyFor = wanted;
    this.#key = key;
    return key;
  }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Host and the fields to sign by name, white space folded, lines of the same name joined. */
function signedFields({ authority, headers }: SignableRequest): [string, string][] {
  const fields = new Map<string, string>([['host', authority]]);
  for (const [name, value] of headers) {
    if (name !== 'content-type' && !name.startsWith('x-amz-')) continue;
    const folded = value.trim().replace(/\s+/g, ' ');
    const before = fields.get(name);
    fields.set(name, before === undefined ? folded : `${before},${folded}`);
  }
  return [...fields].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * The path as AWS computes it: what stands on the wire is encoded once more, whatever is encoded there already, with
 * empty and dot segments resolved. Only S3 takes it as it is.
 */
function canonicalPath(path: string, encodedAgain: boolean): string {
  if (!encodedAgain) return path;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const slash = kept.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${kept.join('/')}${slash}`.replace(/[^\w.~/-]/g, percent);
}

/** The parameters sorted, each encoded exactly once. */
function canonicalQuery(query: string): string {
  const pairs = parameters(query).map((pair): [string, string] => {
    const equals = pair.indexOf('=');
    return equals === -1
      ? [encodedOnce(pair), '']
      : [encodedOnce(pair.slice(0, equals)), encodedOnce(pair.slice(equals + 1))];
  });
  return pairs
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** The query without a presigned URL's signature, and with each `+` written out: what it means is not agreed upon. */
function withoutSignature(query: string): string {
  if (query === '') return '';
  const kept = parameters(query).filter((pair) => {
    const [name = ''] = pair.split('=', 1);
    return !presignedParameters.has(name.toLowerCase());
  });
  return kept.length === 0 ? '' : `?${kept.join('&').replaceAll('+', '%20')}`;
}

function parameters(query: string): string[] {
  return query
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '');
}

function encodedOnce(text: string): string {
  return text.replace(/%[\da-f]{2}|[^\w.~-]/gi, (part) =>
    part.length === 1 ? percent(part) : percentOrPlain(Number.parseInt(part.slice(1), 16)),
  );
}

function percentOrPlain(code: number): string {
  const character = String.fromCharCode(code);
  return /[\w.~-]/.test(character) ? character : percent(character);
}

/** `%` and two digits; a character stands for one byte. */
function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
