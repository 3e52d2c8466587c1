import { wallMs } from '../../../base/clock.ts';
import { GatewayError } from '../../../base/errors.ts';
import type { McpAuthenticationSpec } from '../../../model/policies/mcp-authentication.ts';
import { CachedToken, type Issued } from '../../credentials/cached-token.ts';
import { limitedText } from '../../credentials/token-request.ts';
import type { KeySet } from '../../tokens/key-set.ts';
import type { KeySource } from '../../tokens/key-source.ts';
import type { PolicyContext } from '../policy.ts';
import { isAdapted, namesItself, standsAside } from './documents.ts';
import { metadataUrls, providerTraits, type ServerMetadata } from './providers.ts';

type Ports = Pick<PolicyContext, 'fetch' | 'log' | 'keys'>;

/** The document is asked for again after this time; the old one serves on while that fails, for a day. */
const refreshMs = 3_600_000;
const staleMs = 24 * 3_600_000;

/** The authorization server that tokens come from: its metadata, fetched when somebody first needs it, and its keys. */
export class AuthorizationServer implements KeySource {
  readonly #spec: McpAuthenticationSpec;
  readonly #ports: Ports;
  readonly #metadata: CachedToken<ServerMetadata>;
  #keys: { readonly url: string; readonly source: KeySource } | null;

  constructor(spec: McpAuthenticationSpec, ports: Ports) {
    this.#ports = ports;
    this.#keys = null;
    this.#spec = spec;
    const openIdOnly = spec.provider !== undefined && providerTraits[spec.provider].openIdOnly === true;
    const urls = metadataUrls(spec.issuer, openIdOnly);
    this.#metadata = new CachedToken((signal) => this.#discover(spec.issuer, urls, signal), {
      name: `Metadata of ${spec.issuer}`,
      log: ports.log,
    });
  }

  /** What the server says of itself. Rejects with `authenticationUnavailable`. */
  async metadata(): Promise<ServerMetadata> {
    try {
      return await this.#metadata.get();
    } catch (cause) {
      throw new GatewayError('authenticationUnavailable', 'the authorization server cannot be asked at the moment', {
        cause,
        retryAfter: 1,
      });
    }
  }

  current(): KeySet | Promise<KeySet> {
    return this.#keys === null ? this.#discovered() : this.#keys.source.current();
  }

  renewed(): Promise<KeySet> | null {
    return this.#keys?.source.renewed() ?? null;
  }

  /** Stops what is under way. */
  close(): void {
    this.#metadata.close();
  }

  async #discovered(): Promise<KeySet> {
    const { jwks_uri: url } = await this.metadata();
    if (typeof url !== 'string') throw new GatewayError('authenticationUnavailable', 'the issuer names no keys');
    if (this.#keys?.url !== url) this.#keys = { url, source: this.#ports.keys(url) };
    return this.#keys.source.current();
  }

  async #discover(issuer: string, urls: readonly string[], signal: AbortSignal): Promise<Issued<ServerMetadata>> {
    let problem = '';
    for (const url of urls) {
      const response = await this.#ports.fetch(url, {
        headers: { accept: 'application/json' },
        // A redirect could lead to anybody's endpoints.
        redirect: 'manual',
        signal,
      });
      const text = await limitedText(response);
      if (response.status !== 200) {
        problem = `${url} answered ${response.status}`;
        continue;
      }
      const value: unknown = JSON.parse(text);
      if (typeof value !== 'object' || value === null) throw new Error(`${url} gave no JSON object`);
      const metadata = value as ServerMetadata;
      // RFC 8414 §3.3: otherwise it may be another's.
      if (metadata['issuer'] !== issuer) throw new Error(`${url} is the metadata of ${String(metadata['issuer'])}`);
      if (namesItself(metadata) && isAdapted(this.#spec) && !standsAside(this.#spec, metadata)) {
        this.#ports.log.warn(
          'mcpAuthentication: the authorization server names itself in its answers (RFC 9207), which newer clients ' +
            'refuse where the gateway stands in its place: leave provider and clientId out if it can be used as it is',
          { issuer },
        );
      }
      const now = wallMs();
      return { value: metadata, expiresMs: now + staleMs, refreshMs: now + refreshMs };
    }
    throw new Error(problem);
  }
}
