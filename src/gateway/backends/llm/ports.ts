import type { CompileMember, RequestAttributes } from '../../../llm/request/steps.ts';
import type { EndpointHealth } from '../../../net/balance/endpoint-health.ts';
import type { KeyRing } from '../../../mcp/session/key-ring.ts';
import type { LlmProvider } from '../../../model/llm.ts';
import type { Expression } from '../../../model/model.ts';
import type { AuthorizationSpec } from '../../../model/policies/authorization.ts';
import type { PlaceAuthorization } from '../../authorization/place-authorization.ts';
import type { Exchange } from '../../exchange.ts';
import type { BodyTap } from '../../upstream/body-tap.ts';
import type { RelayOverride } from '../../upstream/relay.ts';
import type { MemoryBudget } from './held-bytes.ts';
import type { Upstream } from '../../upstream/upstream.ts';

/** A compiled condition on the variables of an exchange. */
export type LlmCondition = (variables: RequestAttributes) => boolean;

/** What an LLM backend needs of the gateway. */
export interface LlmPorts {
  /** The provider's upstream with TLS, credentials and header policies behind it; null when it is answered here. */
  upstream(provider: LlmProvider): Upstream | null;
  /** Compiles the expressions that compute members of requests; absent: without functions of the configuration's own. */
  readonly member?: CompileMember;
  /** What seals what clients carry. */
  readonly keys: KeyRing;
  /** What LLM bodies may hold in memory. */
  readonly memory: MemoryBudget;
  /** What is known of a provider among which there is a choice. */
  health(provider: LlmProvider): EndpointHealth;
  /** Compiles a condition. Throws CelError. */
  condition(source: Expression, place: 'llmRequest' | 'response'): LlmCondition;
  /** Compiles a text of requests; undefined where it fails. Throws CelError. */
  text(source: Expression): (x: Exchange) => string | undefined;
  /** Compiles who may use a model or a provider. Throws CelError. @param place As messages name it. */
  authorization(spec: AuthorizationSpec, place: string): PlaceAuthorization;
  relay(x: Exchange, upstream: Upstream, override: RelayOverride, tap: BodyTap | null): void;
}
