import type { UpstreamAddress } from '../../model/backend.ts';
import type { LlmProvider } from '../../model/llm.ts';
import type { CredentialLocation } from '../../model/policy.ts';
import type { LocalResponder } from '../demo/request.ts';
import { providerTable, type ProviderRow } from './table.ts';

/** What configuration may leave out about a provider of a known kind. */
export interface ProviderDefaults {
  /** Absent: the file must name it (`custom`), or the provider answers inside the gateway (`demo`). */
  readonly address?: UpstreamAddress;
  /** For {@link LlmProvider.pathPrefix}: `/v1` where the base URL says nothing. */
  readonly pathPrefix: string;
  readonly formats: LlmProvider['formats'];
  /** Reached by HTTPS at {@link address}. */
  readonly tls: boolean;
  /** Environment variable that holds the key by convention; absent: it takes none. */
  readonly keyEnv?: string;
  /** Where the key goes. */
  readonly auth: CredentialLocation;
  /** Answered inside the gateway: it has no address. */
  readonly local: boolean;
}

const bearer: CredentialLocation = { kind: 'header', name: 'authorization', prefix: 'Bearer ' };

/** Defaults of a kind as configuration writes it (`openAI`, `groq` …), or undefined when the kind is not known. */
export function providerDefaults(kind: string): ProviderDefaults | undefined {
  const row = rowOf(kind);
  if (row === undefined) return undefined;
  const url = row.baseUrl === undefined ? undefined : new URL(row.baseUrl);
  return {
    ...(url === undefined ? {} : { address: addressOf(url) }),
    pathPrefix: url === undefined ? '/v1' : url.pathname.replace(/\/$/, ''),
    formats: row.formats,
    tls: url?.protocol === 'https:',
    ...(row.keyEnv === undefined ? {} : { keyEnv: row.keyEnv }),
    auth: row.auth ?? bearer,
    local: row.respond !== undefined,
  };
}

/** All kinds, in the order of the table. */
export function providerKinds(): readonly string[] {
  return Object.keys(providerTable);
}

/** Value of `gen_ai.provider.name` for a kind. */
export function providerLabel(kind: string): string {
  return rowOf(kind)?.label ?? kind;
}

/** How a kind answers inside the gateway, or null when it is somewhere else. */
export function localResponder(kind: string): LocalResponder | null {
  return rowOf(kind)?.respond ?? null;
}

function rowOf(kind: string): ProviderRow | undefined {
  return Object.hasOwn(providerTable, kind) ? providerTable[kind] : undefined;
}

function addressOf(url: URL): UpstreamAddress {
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return { kind: 'tcp', host: url.hostname, port };
}
