import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { HeaderList } from '../../../net/http/headers.ts';
import type { AwsKeys } from './keys.ts';
import { SigV4 } from './sigv4.ts';

const region = 'eu-central-1';
const service = 'bedrock';
const host = 'bedrock-runtime.eu-central-1.amazonaws.com';
const keys: AwsKeys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

interface Generated {
  readonly method: string;
  /** Decoded path segments. */
  readonly segments: readonly string[];
  readonly query: Readonly<Record<string, string[]>>;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  readonly session: string | undefined;
  readonly nowMs: number;
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const pathOf = ({ segments }: Generated): string => `/${segments.map(encode).join('/')}`;
const queryOf = ({ query }: Generated): string => {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    values.map((value) => `${encode(name)}=${encode(value)}`),
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
};

/** What AWS's own signer makes of the request. */
async function expected(request: Generated): Promise<string> {
  const signer = new SignatureV4({
    service,
    region,
    sha256: Sha256,
    credentials: { ...keys, ...(request.session === undefined ? {} : { sessionToken: request.session }) },
  });
  const headers: Record<string, string> = { host };
  // It takes one value for each name: lines are joined as they are folded.
  for (const [name, value] of request.fields) {
    const folded = value.trim().replace(/\s+/g, ' ');
    headers[name] = headers[name] === undefined ? folded : `${headers[name]},${folded}`;
  }
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'https:',
      hostname: host,
      path: pathOf(request),
      query: request.query,
      headers,
      body: request.body,
    },
    { signingDate: new Date(request.nowMs) },
  );
  return signed.headers['authorization'] ?? '';
}

function ours(request: Generated, more: string[] = []): HeaderList {
  const headers = new HeaderList([...request.fields.flat(), ...more]);
  const signer = new SigV4(region, service);
  const given: AwsKeys = { ...keys, ...(request.session === undefined ? {} : { sessionToken: request.session }) };
  signer.sign(
    { method: request.method, authority: host, path: pathOf(request), query: queryOf(request), headers },
    request.body,
    given,
    request.nowMs,
  );
  return headers;
}

const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'aZ09-_.~:/ %+=&?#äß€*!()'.split('')) });
const arn = fc.constantFrom(
  'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-v1:0',
  'anthropic.claude-3-haiku-20240307-v1:0',
);
const segment = fc.oneof(
  arn,
  word.filter((text) => text !== '.' && text !== '..'),
);
const fieldValue = fc.string({ maxLength: 20, unit: fc.constantFrom(...'ab ,;=\t"'.split('')) });
const generated: fc.Arbitrary<Generated> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  segments: fc.array(segment, { minLength: 1, maxLength: 4 }),
  query: fc.dictionary(word, fc.array(word, { minLength: 1, maxLength: 3 }), { maxKeys: 4, noNullPrototype: true }),
  fields: fc.array(
    fc.tuple(fc.constantFrom('content-type', 'x-amz-target', 'x-amz-meta-a', 'x-amz-meta-b'), fieldValue),
    { maxLength: 5 },
  ),
  body: fc.uint8Array({ maxLength: 40 }),
  session: fc.option(fc.constant('session-token'), { nil: undefined }),
  nowMs: fc.integer({ min: 1_400_000_000_000, max: 2_400_000_000_000 }),
});

test('signatures equal those of AWS’s own signer', async () => {
  await fc.assert(
    fc.asyncProperty(generated, async (request) => {
      assert.equal(ours(request).get('authorization'), await expected(request));
    }),
    { numRuns: 500 },
  );
});

const plain: Generated = {
  method: 'POST',
  segments: ['model', 'a:b/c', 'converse'],
  query: {},
  fields: [['content-type', 'application/json']],
  body: Buffer.from('{}'),
  session: undefined,
  nowMs: 1_700_000_000_000,
};

test('a signature that the client sent is replaced, and its other fields are left alone', () => {
  const headers = ours(plain, [
    'authorization',
    'AWS4-HMAC-SHA256 …',
    'x-amz-date',
    'old',
    'x-amz-security-token',
    'theirs',
    'user-agent',
    'a',
  ]);
  assert.equal(headers.get('authorization'), ours(plain).get('authorization'));
  assert.equal(headers.combined('x-amz-date'), '20231114T221320Z');
  assert.equal(headers.has('x-amz-security-token'), false);
  assert.equal(headers.get('user-agent'), 'a');
});

test('signing again replaces the signature, with the time and key of now', () => {
  const signer = new SigV4(region, service);
  const request = { method: 'GET', authority: host, path: '/', query: '', headers: new HeaderList() };
  const signatures = [plain.nowMs, plain.nowMs + 1000, plain.nowMs + 86_400_000].map((nowMs) => {
    signer.sign(request, new Uint8Array(), keys, nowMs);
    return request.headers.get('authorization');
  });
  signer.sign(request, new Uint8Array(), { ...keys, secretAccessKey: 'other' }, plain.nowMs);
  signatures.push(request.headers.get('authorization'));
  assert.equal(new Set(signatures).size, 4);
  assert.equal(request.headers.size, 3);
});

test('a presigned URL’s signature is taken out of the query, and + becomes what everyone reads as a blank', () => {
  const request = {
    method: 'GET',
    authority: host,
    path: '/',
    query: '?a=1+2&X-Amz-Signature=abc&X-Amz-Credential=x&&b',
    headers: new HeaderList(),
  };
  new SigV4(region, service).sign(request, new Uint8Array(), keys, plain.nowMs);
  assert.equal(request.query, '?a=1%202&b');
});
