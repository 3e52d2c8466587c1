import tls from 'node:tls';
import { wallMs } from '../../base/clock.ts';
import type { ListenerTls } from '../../model/bind.ts';
import { CertificateAuthority, type Leaf } from './certificate-authority.ts';
import { settingsOf } from './contexts.ts';

/** Names that are remembered; a client may ask for any number of them. */
const MAX_NAMES = 1000;
/** A leaf is replaced when it is valid for less than this. */
const RENEW_MS = 12 * 3_600_000;

interface Kept {
  readonly context: Promise<tls.SecureContext>;
  /** Milliseconds since 1970 from which on another one is made. */
  renewAt: number;
}

/** Certificates of one authority by host name, made when a client first asks for the name. */
export class LeafCertificates {
  readonly #settings: tls.SecureContextOptions;
  readonly #authority: CertificateAuthority;
  readonly #now: () => number;
  /** The one that was asked for last comes last. */
  readonly #kept = new Map<string, Kept>();

  /**
   * Throws OpenSSL's error for what it cannot use.
   * @param spec Its certificate and key are the authority's.
   * @param now Milliseconds since 1970.
   */
  constructor(spec: ListenerTls, now: () => number = wallMs) {
    this.#authority = new CertificateAuthority(spec.certificate, spec.privateKey);
    this.#settings = settingsOf(spec);
    this.#now = now;
  }

  /** A context for `name`; at once for all who ask while it is made. Rejects for what is no host name. */
  context(name: string): Promise<tls.SecureContext> {
    const now = this.#now();
    const kept = this.#kept.get(name);
    if (kept !== undefined && now < kept.renewAt) {
      this.#kept.delete(name);
      this.#kept.set(name, kept);
      return kept.context;
    }
    if (!isHostName(name)) return Promise.reject(new Error(`${JSON.stringify(name)} is not a host name`));
    const fresh = this.#make(name, now);
    this.#kept.delete(name);
    this.#kept.set(name, fresh);
    if (this.#kept.size > MAX_NAMES) this.#dropOldest();
    return fresh.context;
  }

  #make(name: string, now: number): Kept {
    const kept: Kept = {
      renewAt: Number.POSITIVE_INFINITY,
      context: this.#sign(name, now, (at) => (kept.renewAt = at)),
    };
    kept.context.catch(() => {
      if (this.#kept.get(name) === kept) this.#kept.delete(name);
    });
    return kept;
  }

  async #sign(name: string, now: number, renewAt: (ms: number) => void): Promise<tls.SecureContext> {
    const leaf = await this.#authority.issue(name, now);
    // An authority that ends soon cannot sign for longer.
    renewAt(Math.max(leaf.notAfter - RENEW_MS, now + 60_000));
    return tls.createSecureContext({ ...this.#settings, ...pairOf(leaf) });
  }

  #dropOldest(): void {
    for (const name of this.#kept.keys()) {
      this.#kept.delete(name);
      return;
    }
  }
}

function pairOf({ certificate, privateKey }: Leaf): tls.SecureContextOptions {
  return { cert: certificate, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

/** RFC 1123 §2.1, with underscores; not an address. */
function isHostName(name: string): boolean {
  if (name.length > 253) return false;
  const labels = name.split('.');
  return labels.every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
}
