import type { CompileMember } from '../../../llm/request/steps.ts';
import type { LlmProvider } from '../../../model/llm.ts';
import type { Exchange } from '../../exchange.ts';
import type { BodyTap } from '../../upstream/body-tap.ts';
import type { RelayOverride } from '../../upstream/relay.ts';
import type { MemoryBudget } from './held-bytes.ts';
import type { Upstream } from '../../upstream/upstream.ts';

/** What an LLM backend needs of the gateway. */
export interface LlmPorts {
  /** The provider's upstream with TLS, credentials and header policies behind it; null when it is answered here. */
  upstream(provider: LlmProvider): Upstream | null;
  /** Compiles the expressions that compute members of requests; absent: without functions of the configuration's own. */
  readonly member?: CompileMember;
  /** What LLM bodies may hold in memory. */
  readonly memory: MemoryBudget;
  relay(x: Exchange, upstream: Upstream, override: RelayOverride, tap: BodyTap | null): void;
}
