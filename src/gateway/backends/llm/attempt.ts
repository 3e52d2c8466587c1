import { formatPair, type FormatPair } from '../../../llm/formats/table.ts';
import { compileBodySettings, type BodySettings } from '../../../llm/request/body.ts';
import { localResponder } from '../../../llm/providers/table.ts';
import type { LocalResponder } from '../../../llm/demo/request.ts';
import type { LlmProvider, LlmRouteType } from '../../../model/llm.ts';
import type { BackendAuthSpec, BackendPolicySpecs } from '../../../model/policy.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { LlmPorts } from './ports.ts';

/** A provider ready to be asked. */
export interface Attempt {
  readonly provider: LlmProvider;
  /** Null when `respond` answers. */
  readonly upstream: Upstream | null;
  readonly respond: LocalResponder | null;
  /** The gateway holds its key: the client's credentials stay here. */
  readonly ownKey: boolean;
  readonly settings: BodySettings;
  /** The translation for requests of a type that the provider does not speak, or null. */
  pairFor(type: LlmRouteType): FormatPair | null;
}

/**
 * Compiles a provider with what configuration sets in its request bodies.
 *
 * @param inherited policies of the backend that it belongs to; its own come first.
 */
export function compileAttempt(
  provider: LlmProvider,
  inherited: BackendPolicySpecs,
  defaults: ReadonlyMap<string, unknown>,
  overrides: ReadonlyMap<string, unknown>,
  ports: LlmPorts,
): Attempt {
  return {
    provider,
    upstream: ports.upstream(provider),
    respond: provider.address === undefined ? localResponder(provider.kind) : null,
    ownKey: holdsKey(provider.policies.backendAuth ?? inherited.backendAuth),
    settings: compileBodySettings(defaults, overrides),
    pairFor: (type) => formatPair(type, provider.formats),
  };
}

function holdsKey(auth: BackendAuthSpec | undefined): boolean {
  return auth !== undefined && auth.kind !== 'passthrough';
}
