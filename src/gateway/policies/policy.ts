import type { FrontendSettings } from '../../model/bind.ts';
import type { PolicySpecs, RequestMirrorSpec, RetryBudgetSpec } from '../../model/policy.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';
import type { Expressions } from '../attributes/expressions.ts';
import type { Exchange } from '../exchange.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { RetryBudget } from './retry/budget.ts';

/** An answer that the gateway gives itself. */
export interface LocalReply {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array | string;
}

/** What a policy says of a request: undefined to go on, or an answer. A promise only if it waits for I/O or a timer. */
export type Verdict = undefined | LocalReply | Promise<undefined | LocalReply>;

/** One policy compiled for one place; it keeps nothing about single requests. */
export interface Policy {
  readonly kind: string;
  /** Before the backend; null when it does nothing then. A thrown GatewayError ends the exchange. */
  readonly request: ((x: Exchange) => Verdict) | null;
  /** On the response head before it is sent; may change it. */
  readonly response: ((x: Exchange, head: ResponseHead) => void) | null;
}

/** What policies may use while they compile. */
export interface PolicyContext {
  readonly frontend: FrontendSettings;
  /** Compiles the route's expressions. */
  readonly expressions: Expressions;
  /** The upstream for a mirror. */
  upstream(backend: RequestMirrorSpec['backend']): Upstream;
  /** What bounds the route's retries. */
  retryBudget(spec: RetryBudgetSpec): RetryBudget;
}

/** The one shape of every policy folder's export. */
export interface PolicyFactory<K extends keyof PolicySpecs> {
  readonly kind: K;
  /** How specs of several levels become one: the last (most specific) unless it says otherwise. */
  readonly merge?: (levels: readonly NonNullable<PolicySpecs[K]>[]) => NonNullable<PolicySpecs[K]>;
  compile(spec: NonNullable<PolicySpecs[K]>, context: PolicyContext): Policy;
}
