import { createCipheriv, createHmac, type CipherGCMTypes } from 'node:crypto';

/** Fatal alerts by their numbers (RFC 8446 §6). */
export const alerts = {
  badCertificate: 42,
  unsupportedCertificate: 43,
  certificateRevoked: 44,
  certificateExpired: 45,
  certificateUnknown: 46,
  unknownCa: 48,
  decryptError: 51,
  unrecognizedName: 112,
} as const;

/** A number of {@link alerts}. */
export type Alert = (typeof alerts)[keyof typeof alerts];

/** Types of records (RFC 8446 §5.1), and the level of an alert. */
const alertRecord = 21;
const applicationData = 23;
const fatal = 2;

/** The suites of TLS 1.3 (RFC 8446 §B.4). */
const suites: ReadonlyMap<string, { hash: string; cipher: string; keyLength: number }> = new Map([
  ['TLS_AES_128_GCM_SHA256', { hash: 'sha256', cipher: 'aes-128-gcm', keyLength: 16 }],
  ['TLS_AES_256_GCM_SHA384', { hash: 'sha384', cipher: 'aes-256-gcm', keyLength: 32 }],
  ['TLS_CHACHA20_POLY1305_SHA256', { hash: 'sha256', cipher: 'chacha20-poly1305', keyLength: 32 }],
]);
const ivLength = 12;
const tagLength = 16;

/** An alert in a record that is not encrypted: the other side expects no other yet. */
export function plainAlert(alert: Alert): Buffer {
  return Buffer.from([alertRecord, 3, 3, 0, 2, fatal, alert]);
}

/**
 * An alert as the first record that is sent under a traffic secret of TLS 1.3 (RFC 8446 §5.2, §7.3).
 *
 * @param suite Its standard name. Null is returned for one that is not known.
 */
export function sealedAlert(alert: Alert, secret: Buffer, suite: string): Buffer | null {
  const known = suites.get(suite);
  if (known === undefined) return null;
  const { hash, cipher, keyLength } = known;
  const message = Buffer.from([fatal, alert, alertRecord]);
  const header = Buffer.from([applicationData, 3, 3, 0, message.length + tagLength]);
  // The number of the first record is 0, so that its nonce is the vector itself.
  const nonce = expandLabel(hash, secret, 'iv', ivLength);
  const key = expandLabel(hash, secret, 'key', keyLength);
  const sealing = createCipheriv(cipher as CipherGCMTypes, key, nonce, { authTagLength: tagLength });
  sealing.setAAD(header);
  return Buffer.concat([header, sealing.update(message), sealing.final(), sealing.getAuthTag()]);
}

/** HKDF-Expand-Label without context (RFC 8446 §7.1), for no more bytes than the hash has. */
function expandLabel(hash: string, secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}
