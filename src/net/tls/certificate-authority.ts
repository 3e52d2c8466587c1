import {
  createHash,
  createPrivateKey,
  generateKeyPair,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { der, oid, readDer, sequence, tag } from './der.ts';

/** A certificate that was signed here, with its key. */
export interface Leaf {
  /** PEM, followed by the authority's own chain. */
  readonly certificate: string;
  readonly privateKey: KeyObject;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

/** How long a leaf is valid. */
const LIFETIME_MS = 24 * 3_600_000;
/** Clocks of clients may be behind by as much. */
const SKEW_MS = 5 * 60_000;

const generate = promisify(generateKeyPair);
const signing = promisify(sign);

/** Signs certificates for servers (RFC 5280 §4). Keys are made, and signatures, on other threads. */
export class CertificateAuthority {
  readonly #chain: string;
  readonly #key: KeyObject;
  readonly #notAfter: number;
  readonly #subject: Buffer;
  readonly #keyId: Buffer;
  readonly #algorithm: SignatureAlgorithm;

  /**
   * Throws for what is no certificate or no key.
   * @param chain PEM, the authority's certificate first.
   * @param privateKey PEM.
   */
  constructor(chain: string, privateKey: string) {
    const certificate = new X509Certificate(chain);
    this.#chain = chain;
    this.#key = createPrivateKey(privateKey);
    this.#notAfter = certificate.validToDate.getTime();
    const { subject, keyId } = issuerFields(certificate);
    this.#subject = subject;
    this.#keyId = keyId;
    this.#algorithm = algorithmOf(this.#key);
  }

  /** A certificate for `name`, a host name. @param now Milliseconds since 1970. */
  async issue(name: string, now: number): Promise<Leaf> {
    const { publicKey, privateKey } = await generate('ec', { namedCurve: 'P-256' });
    const notAfter = Math.min(now + LIFETIME_MS, this.#notAfter);
    const body = sequence(
      der(0xa0, integer(Buffer.from([2]))),
      integer(randomBytes(16)),
      this.#algorithm.identifier,
      this.#subject,
      sequence(time(now - SKEW_MS), time(notAfter)),
      // The name is in the extension, where verifiers look for it (RFC 9525 §6.3); here it may be too long.
      sequence(),
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(...extensions(name, this.#keyId))),
    );
    const signature = await signing(this.#algorithm.digest, body, this.#key);
    const leaf = sequence(body, this.#algorithm.identifier, bitString(0, signature));
    return { certificate: `${pem(leaf)}${this.#chain}`, privateKey, notAfter };
  }
}

interface SignatureAlgorithm {
  readonly identifier: Buffer;
  /** Null: the algorithm has its own. */
  readonly digest: string | null;
}

/** RFC 4055 §5, RFC 5758 §3.2, RFC 8410 §3. Throws for a key of another kind. */
function algorithmOf(key: KeyObject): SignatureAlgorithm {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return { identifier: sequence(oid('1.2.840.113549.1.1.11'), der(tag.null)), digest: 'sha256' };
    case 'ec':
      return { identifier: sequence(oid('1.2.840.10045.4.3.2')), digest: 'sha256' };
    case 'ed25519':
      return { identifier: sequence(oid('1.3.101.112')), digest: null };
    default:
      throw new Error(`keys of kind ${String(key.asymmetricKeyType)} cannot sign certificates here`);
  }
}

/** RFC 5280 §4.2.1. */
function extensions(name: string, issuerKeyId: Buffer): Buffer[] {
  const names = sequence(der(0x82, Buffer.from(name, 'latin1')));
  return [
    // Critical, as the subject is empty (§4.2.1.6).
    extension('2.5.29.17', true, names),
    extension('2.5.29.19', true, sequence()),
    // digitalSignature, the first bit of 1.
    extension('2.5.29.15', true, bitString(7, Buffer.from([0x80]))),
    // serverAuth
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.35', false, sequence(der(0x80, issuerKeyId))),
  ];
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(tag.boolean, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...flag, der(tag.octetString, value));
}

const SUBJECT_KEY_ID = oid('2.5.29.14');

/** What a leaf repeats of the authority's certificate. */
function issuerFields(certificate: X509Certificate): { subject: Buffer; keyId: Buffer } {
  const [whole] = readDer(certificate.raw);
  const [body] = readDer(whole?.content ?? certificate.raw);
  // The version comes first, and may be left out.
  const fields = readDer(body?.content ?? certificate.raw).filter(({ type }) => type !== 0xa0);
  const [, , , , subject, publicKey, ...optional] = fields;
  if (subject === undefined || publicKey === undefined) throw new Error('the certificate has no subject');
  return {
    subject: subject.whole,
    keyId: keyIdOf(optional.find(({ type }) => type === 0xa3)?.content, publicKey.content),
  };
}

/** The identifier that the authority gives its key; else the hash that is usual (RFC 5280 §4.2.1.2). */
function keyIdOf(explicit: Buffer | undefined, publicKey: Buffer): Buffer {
  const [list] = explicit === undefined ? [] : readDer(explicit);
  for (const { content } of list === undefined ? [] : readDer(list.content)) {
    const [id, ...rest] = readDer(content);
    const value = rest.at(-1);
    if (id?.whole.equals(SUBJECT_KEY_ID) === true && value !== undefined) {
      return readDer(value.content)[0]?.content ?? Buffer.alloc(0);
    }
  }
  const bits = readDer(publicKey)[1]?.content.subarray(1) ?? publicKey;
  return createHash('sha1').update(bits).digest();
}

/** A positive integer. */
function integer(bytes: Buffer): Buffer {
  const positive = Buffer.from(bytes);
  // Also no leading zeros, which DER does not allow.
  if (positive.length > 1) positive[0] = ((positive[0] ?? 0) & 0x7f) | 0x40;
  return der(tag.integer, positive);
}

function bitString(unused: number, bytes: Buffer): Buffer {
  return der(tag.bitString, Buffer.from([unused]), bytes);
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5). */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  if (digits >= '2050') return der(tag.generalizedTime, Buffer.from(digits, 'latin1'));
  return der(tag.utcTime, Buffer.from(digits.slice(2), 'latin1'));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
