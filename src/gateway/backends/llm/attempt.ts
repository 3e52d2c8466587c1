import { compileCel } from '../../../expr/cel/program.ts';
import { toJsonText } from '../../../expr/cel/output.ts';
import { contexts } from '../../../expr/variables.ts';
import type { LocalResponder } from '../../../llm/demo/request.ts';
import type { ModelFacts } from '../../../llm/models/facts.ts';
import { rememberedFacts } from '../../../llm/models/remembered.ts';
import type { UnsupportedMode } from '../../../llm/pivot/drops.ts';
import type { ProviderTraits } from '../../../llm/providers/adapter.ts';
import { compileFormats, type FormatsOf } from '../../../llm/providers/formats.ts';
import { localResponder, providerTraits } from '../../../llm/providers/table.ts';
import { ownOperations } from '../../../llm/providers/own-operations.ts';
import { compileRequestSteps, type CompileMember, type RequestSteps } from '../../../llm/request/steps.ts';
import { compileAliases } from '../../../llm/router/aliases.ts';
import type { LlmModel, LlmProvider, LlmRequestSettings } from '../../../model/llm.ts';
import type { BackendAuthSpec, BackendPolicySpecs } from '../../../model/policy.ts';
import type { FetchGuard } from '../../../net/fetch/guarded-get.ts';
import { joinAuthorization } from '../../../model/policies/join-authorization.ts';
import type { PlaceAuthorization } from '../../authorization/place-authorization.ts';
import type { Upstream } from '../../upstream/upstream.ts';
import type { JudgedHealth } from '../../upstream/health-report.ts';
import { compileFetchGuard } from './media-fetch.ts';
import type { LlmPorts } from './ports.ts';

/** A provider ready to be asked. */
export interface Attempt {
  readonly provider: LlmProvider;
  readonly traits: ProviderTraits;
  /** Equal for entries of one account at one place. */
  readonly identity: string;
  /** Null when `respond` answers. */
  readonly upstream: Upstream | null;
  /** Where it reranks, which may be another host. */
  readonly rerankUpstream: Upstream | null;
  readonly respond: LocalResponder | null;
  /** The gateway holds its key: the client's credentials stay here. */
  readonly ownKey: boolean;
  /** The client's credential goes on, to where the provider looks for it. */
  readonly movesKey: boolean;
  /** What configuration changes in its requests. */
  readonly steps: RequestSteps;
  readonly formatsOf: FormatsOf;
  readonly unsupported: UnsupportedMode;
  /** Its answers name the model that the client asked for. */
  readonly namesAsked: boolean;
  /** The provider's own aliases of models, after those of its backend. */
  readonly alias: (model: string) => string;
  /** What is known of a model, by configuration or else by the table of models. */
  readonly factsOf: (model: string | null) => ModelFacts;
  /** What is known of how it serves; null where there is nobody else to ask. */
  readonly health: JudgedHealth | null;
  /** What may be fetched for it of what requests name by URL; null: nothing. */
  readonly fetchGuard: FetchGuard | null;
  /** Who may use it, beyond what holds for all; null: everybody. */
  readonly authorization: PlaceAuthorization | null;
  /** Requests go on as they are, whatever they are. */
  readonly passthrough: LlmModel['passthrough'] | null;
}

const noAliases: ReadonlyMap<string, string> = new Map();

/** What of an entry of the configuration the requests to its provider depend on. */
export type AttemptSettings = LlmRequestSettings & Pick<LlmModel, 'facts' | 'passthrough' | 'authorization'>;

/**
 * Compiles a provider with what configuration does to its requests. Throws CelError for a bad expression.
 *
 * @param inherited policies of the backend that it belongs to; its own come first.
 */
export function compileAttempt(
  provider: LlmProvider,
  inherited: BackendPolicySpecs,
  settings: AttemptSettings,
  ports: LlmPorts,
): Attempt {
  const upstream = ports.upstream(provider);
  const rerankAddress = ownOperations(provider.kind).rerank?.address?.(provider);
  const own = [provider.policies.authorization, settings.authorization].filter((spec) => spec !== undefined);
  const auth = provider.policies.backendAuth ?? inherited.backendAuth ?? provider.usualAuth;
  return {
    provider,
    traits: providerTraits(provider.kind),
    identity: identityOf(provider, inherited),
    upstream,
    rerankUpstream: rerankAddress === undefined ? upstream : ports.upstream({ ...provider, address: rerankAddress }),
    respond: provider.address === undefined ? localResponder(provider.kind) : null,
    ownKey: holdsKey(auth),
    movesKey: auth === undefined || (auth.kind === 'passthrough' && auth.location === undefined),
    steps: compileRequestSteps(settings, ports.member ?? plainMember),
    formatsOf: compileFormats(provider.formats),
    unsupported: settings.unsupported ?? 'reject',
    namesAsked: settings.answerModel === 'asked',
    alias: compileAliases(provider.requests?.modelAliases ?? noAliases),
    factsOf: rememberedFacts(settings.facts ?? null),
    health: null,
    fetchGuard: settings.mediaFetch === undefined ? null : compileFetchGuard(settings.mediaFetch),
    authorization: own.length === 0 ? null : ports.authorization(joinAuthorization(own), provider.name),
    passthrough: settings.passthrough ?? null,
  };
}

function identityOf(
  { kind, address, pathPrefix, policies, usualAuth }: LlmProvider,
  inherited: BackendPolicySpecs,
): string {
  return JSON.stringify([kind, address, pathPrefix, policies.backendAuth ?? inherited.backendAuth ?? usualAuth]);
}

function holdsKey(auth: BackendAuthSpec | undefined): boolean {
  return auth !== undefined && auth.kind !== 'passthrough';
}

/** Without functions of the configuration's own. */
const plainMember: CompileMember = (source) => {
  const program = compileCel(source, contexts.llmRequest);
  return (attributes) => {
    const text = toJsonText(program.evaluate(attributes));
    return typeof text === 'string' ? text : undefined;
  };
};
