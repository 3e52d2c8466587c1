import { hash as digestOf } from 'node:crypto';
import { equalBytes } from '../../base/secrets.ts';
import type { HashSteps } from './sliced.ts';

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const roundsPerStep = 128;

/** Checks a password against `$apr1$salt$hash`: Apache's variant of MD5-crypt. */
export function* apr1Steps(password: Uint8Array, hash: string): HashSteps {
  const [, , salt = '', wanted = ''] = hash.split('$');
  const saltBytes = Buffer.from(salt);
  let parts: Uint8Array[] = [password, Buffer.from('$apr1$'), saltBytes];
  parts.push(repeated(digest('md5', [password, saltBytes, password]), password.byteLength));
  for (let n = password.byteLength; n > 0; n >>= 1) {
    parts.push((n & 1) === 1 ? Buffer.alloc(1) : password.subarray(0, 1));
  }
  let last = digest('md5', parts);
  for (let round = 0; round < 1000; round++) {
    if (round % roundsPerStep === 0) yield;
    parts = mixed(round, password, saltBytes, last);
    last = digest('md5', parts);
  }
  return equalBytes(Buffer.from(encode(last, md5Order)), Buffer.from(wanted));
}

/** Checks a password against `$5$` or `$6$`: SHA-crypt (Drepper, "Unix crypt using SHA-256 and SHA-512"). */
export function* shaCryptSteps(password: Uint8Array, hash: string): HashSteps {
  const name = hash.startsWith('$5$') ? 'sha256' : 'sha512';
  const fields = hash.slice(3).split('$');
  const given = /^rounds=(\d+)$/.exec(fields[0] ?? '')?.[1];
  if (given !== undefined) fields.shift();
  const rounds = given === undefined ? 5000 : Math.min(999_999_999, Math.max(1000, Number(given)));
  const [saltText = '', wanted = ''] = fields;
  const salt = Buffer.from(saltText);
  const { byteLength } = password;
  const inner = digest(name, [password, salt, password]);
  const parts: Uint8Array[] = [password, salt, repeated(inner, byteLength)];
  for (let n = byteLength; n > 0; n >>= 1) parts.push((n & 1) === 1 ? inner : password);
  let last = digest(name, parts);
  const key = repeated(
    digest(
      name,
      Array.from({ length: byteLength }, () => password),
    ),
    byteLength,
  );
  const saltTimes = 16 + (last[0] ?? 0);
  const saltKey = repeated(
    digest(
      name,
      Array.from({ length: saltTimes }, () => salt),
    ),
    salt.byteLength,
  );
  for (let round = 0; round < rounds; round++) {
    if (round % roundsPerStep === 0) yield;
    last = digest(name, mixed(round, key, saltKey, last));
  }
  const order = name === 'sha256' ? sha256Order : sha512Order;
  return equalBytes(Buffer.from(encode(last, order)), Buffer.from(wanted));
}

/** What one round hashes: which of the parts, and in which order, depends on its number. */
function mixed(round: number, key: Uint8Array, salt: Uint8Array, last: Uint8Array): Uint8Array[] {
  const odd = (round & 1) === 1;
  const parts = [odd ? key : last];
  if (round % 3 !== 0) parts.push(salt);
  if (round % 7 !== 0) parts.push(key);
  parts.push(odd ? last : key);
  return parts;
}

function digest(name: string, parts: readonly Uint8Array[]): Buffer {
  return digestOf(name, Buffer.concat(parts), 'buffer');
}

/** The bytes over and over, `length` of them. */
function repeated(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => bytes[i % bytes.byteLength] ?? 0);
}

/** Which bytes make each group of up to four characters, the highest first. */
type Order = readonly (readonly number[])[];

function encode(bytes: Uint8Array, order: Order): string {
  let text = '';
  for (const group of order) {
    let value = 0;
    for (const index of group) value = (value << 8) | (bytes[index] ?? 0);
    for (let n = Math.ceil((group.length * 8) / 6); n > 0; n--) {
      text += alphabet[value & 63] ?? '';
      value >>>= 6;
    }
  }
  return text;
}

const md5Order: Order = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5], [11]];

const sha256Order: Order = [
  ...Array.from({ length: 10 }, (_, i) => rotated([i * 21, i * 21 + 10, i * 21 + 20], 30)),
  [31, 30],
];

const sha512Order: Order = [
  ...Array.from({ length: 21 }, (_, i) => rotated([i * 22, i * 22 + 21, i * 22 + 42], 63)),
  [63],
];

function rotated(indexes: readonly number[], length: number): readonly number[] {
  return indexes.map((index) => index % length);
}
