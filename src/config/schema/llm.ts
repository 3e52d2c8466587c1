/** The llm section. */

import { promptGuard, type PromptGuard } from './guards.ts';
import { beyond } from './beyond.ts';
import { listOf } from './kit/collection.ts';
import { required, optional, defaulted, requiredOrNull } from './kit/field.ts';
import type { Schema } from './kit/node.ts';
import { object, oneOfKeys, merged, type OneOf } from './kit/object.ts';
import { text, name, cel, integer, port, type CelText } from './kit/scalar.ts';
import { rateLimit, remoteRateLimit, type RateLimit, type RemoteRateLimit } from './limits.ts';
import { llmProvider, llmModel, type LlmProvider, type LlmModel } from './llm-model.ts';
import { concurrency, type Concurrency } from './own-limits.ts';
import { gatewayPolicies, type GatewayPolicies } from './route-policies.ts';
import { gatewayRefs, type GatewayRefs } from './routes.ts';
import { listenerTls, type ListenerTls } from './tls.ts';

/** A model and its share. */
interface WeightedTarget {
  readonly model: string;
  readonly weight: number;
}

const weightedTarget: Schema<WeightedTarget> = object<WeightedTarget>('WeightedTarget', 'A model and its share.', {
  model: required(text, 'The model.'),
  weight: defaulted(integer(0), 1, 'Its share.'),
});

/** By weight. */
interface WeightedRouting {
  readonly targets: readonly WeightedTarget[];
}

const weightedRouting: Schema<WeightedRouting> = object<WeightedRouting>('WeightedRouting', 'By weight.', {
  targets: required(listOf(weightedTarget), 'The models.'),
});

/** A model and its priority. */
interface FailoverTarget {
  readonly model: string;
  readonly priority: number;
}

const failoverTarget: Schema<FailoverTarget> = object<FailoverTarget>('FailoverTarget', 'A model and its priority.', {
  model: required(text, 'The model.'),
  priority: required(integer(0), 'Its priority; 0 is first.'),
});

/** By priority. */
interface FailoverRouting {
  readonly targets: readonly FailoverTarget[];
}

const failoverRouting: Schema<FailoverRouting> = object<FailoverRouting>('FailoverRouting', 'By priority.', {
  targets: required(listOf(failoverTarget), 'The models.'),
});

/** A model and when it is used. */
interface ConditionalTarget {
  readonly when?: CelText;
  readonly model: string;
}

const conditionalTarget: Schema<ConditionalTarget> = object<ConditionalTarget>(
  'ConditionalTarget',
  'A model and when it is used.',
  {
    when: optional(cel, 'When it is used; always when absent.'),
    model: required(text, 'The model.'),
  },
);

/** By condition. */
interface ConditionalRouting {
  readonly targets: readonly ConditionalTarget[];
}

const conditionalRouting: Schema<ConditionalRouting> = object<ConditionalRouting>(
  'ConditionalRouting',
  'By condition.',
  {
    targets: required(listOf(conditionalTarget), 'The models, the first that fits.'),
  },
);

/** The kinds of {@link VirtualRouting}. */
interface VirtualRoutingKinds {
  readonly weighted: WeightedRouting;
  readonly failover: FailoverRouting;
  readonly conditional: ConditionalRouting;
}

/** How a virtual model chooses. */
type VirtualRouting = OneOf<VirtualRoutingKinds>;

const virtualRouting: Schema<VirtualRouting> = oneOfKeys<VirtualRoutingKinds>(
  'VirtualRouting',
  'How a virtual model chooses.',
  {
    weighted: requiredOrNull(weightedRouting, 'By weight.'),
    failover: requiredOrNull(failoverRouting, 'By priority.'),
    conditional: requiredOrNull(conditionalRouting, 'By condition.'),
  },
  {},
);

/** A model that chooses among models. */
interface VirtualModel {
  readonly name: string;
  readonly routing: VirtualRouting;
}

const virtualModel: Schema<VirtualModel> = object<VirtualModel>('VirtualModel', 'A model that chooses among models.', {
  name: required(name, 'Name that clients ask for.'),
  routing: required(virtualRouting, 'How it chooses.'),
});

/** Policies that only the llm section has. */
interface LlmOwnPolicies {
  readonly guardrails?: PromptGuard;
  readonly localRateLimit: readonly RateLimit[];
  readonly remoteRateLimit?: RemoteRateLimit;
  readonly concurrency?: Concurrency;
}

const llmOwnPolicies: Schema<LlmOwnPolicies> = object<LlmOwnPolicies>(
  'LlmOwnPolicies',
  'Policies that only the llm section has.',
  {
    guardrails: optional(promptGuard, 'Guards of prompts and answers.'),
    localRateLimit: defaulted(listOf(rateLimit), [], 'Rate limits in this process.'),
    remoteRateLimit: optional(remoteRateLimit, 'A rate limit service.'),
    concurrency: beyond('routes[].policies.concurrency', concurrency),
  },
);

/** Policies of the llm section. */
type LlmPolicies = GatewayPolicies & LlmOwnPolicies;

const llmPolicies: Schema<LlmPolicies> = merged<GatewayPolicies, LlmOwnPolicies>(
  'LlmPolicies',
  'Policies of the llm section.',
  gatewayPolicies,
  llmOwnPolicies,
);

/** LLM providers and models behind one endpoint. */
export interface Llm {
  readonly gateways: GatewayRefs;
  readonly port?: number;
  readonly tls?: ListenerTls;
  readonly providers: readonly LlmProvider[];
  readonly models: readonly LlmModel[];
  readonly virtualModels: readonly VirtualModel[];
  readonly policies?: LlmPolicies;
}

export const llm: Schema<Llm> = object<Llm>('Llm', 'LLM providers and models behind one endpoint.', {
  gateways: defaulted(gatewayRefs, [], 'Gateways that it belongs to, as name or name/listener.'),
  port: optional(port, 'Port to listen on when there are no gateways; 4000 when absent.'),
  tls: optional(listenerTls, 'TLS of that port.'),
  providers: defaulted(listOf(llmProvider), [], 'Providers that models refer to.'),
  models: required(listOf(llmModel), 'The models.'),
  virtualModels: defaulted(listOf(virtualModel), [], 'Models that choose among models.'),
  policies: optional(llmPolicies, 'Policies of the section.'),
});
