import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsKeys } from '../../src/gateway/credentials/aws/keys.ts';
import type { SeenRequest } from '../../testkit/upstream.ts';

/** True when AWS's own signer makes the same signature of what arrived, body included. */
export async function verifies(request: SeenRequest, keys: AwsKeys, region: string, service: string): Promise<boolean> {
  const { authorization = '', host = '' } = request.headers;
  const signed = /SignedHeaders=([^,]+),/.exec(authorization)?.[1]?.split(';') ?? [];
  const url = new URL(request.url, `http://${host}`);
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  const headers: Record<string, string> = {};
  for (const name of signed) headers[name] = String(request.headers[name]);
  delete headers['x-amz-date'];
  const signer = new SignatureV4({ service, region, sha256: Sha256, credentials: keys });
  // As it came: URL would take encoding away that the signature covers.
  const [path = ''] = request.url.split('?', 1);
  const again = await signer.sign(
    { method: request.method, protocol: 'http:', hostname: url.hostname, path, query, headers, body: request.body },
    { signingDate: dateOf(String(request.headers['x-amz-date'])), signableHeaders: new Set(signed) },
  );
  return again.headers['authorization'] === authorization;
}

/** `20260131T235959Z` */
function dateOf(text: string): Date {
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
