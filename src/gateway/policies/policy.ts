import type { Logger } from '../../base/logger.ts';
import type { WebFetch } from '../../base/web-fetch.ts';
import type { SessionPorts } from '../../mcp/session/session-ports.ts';
import type { FrontendSettings } from '../../model/bind.ts';
import type { HelperTarget } from '../../model/policies/helper.ts';
import type { Conditional, PolicySpecs, RequestMirrorSpec, RetryBudgetSpec } from '../../model/policy.ts';
import type { ProcessSettings } from '../../model/process.ts';
import type { HeaderList } from '../../net/http/headers.ts';
import type { ResponseHead } from '../../net/http/message.ts';
import type { Metrics } from '../../telemetry/metrics/names.ts';
import type { SharedCell } from '../../telemetry/shared/cell.ts';
import type { SharedArea } from '../../telemetry/shared/keyed-table.ts';
import type { SharedLimit } from '../../telemetry/shared/limit.ts';
import type { Expressions } from '../attributes/expressions.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import type { Exchange } from '../exchange.ts';
import type { KeySource } from '../tokens/key-source.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { StoreConnection } from '../rate-limit/store/store-connection.ts';
import type { RetryBudget } from './retry/budget.ts';
import type { ResponseStage } from './stage.ts';

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
  /** `response` also sees the errors that the gateway answers itself, from wherever it has run the policies. */
  readonly onErrors?: true;
  /** `response` runs after those of all others of its phase. */
  readonly late?: true;
  /** Stands in the way of the response, its body included; null for an exchange that it lets alone. Absent: never. */
  readonly stage?: (x: Exchange) => ResponseStage | null;
  /** Its stage stands nearer to the client than those of policies that do not say so, whatever their order. */
  readonly outer?: true;
}

/** What policies may use while they compile. */
export interface PolicyContext {
  readonly phase: 'gateway' | 'route';
  /** The key of the route or listener: stable over reloads, unique in the process. */
  readonly place: string;
  readonly process: ProcessSettings;
  readonly frontend: FrontendSettings;
  /** Compiles the expressions of this place. */
  readonly expressions: Expressions;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** For documents off the data path, such as keys and metadata. */
  readonly fetch: WebFetch;
  /** What seals the sessions that clients carry, and which of them have ended; the same in all workers. */
  readonly sessions: Pick<SessionPorts, 'keys' | 'ended' | 'deleted'>;
  /** The keys of an issuer, behind a URL; shared, and fetched from now on. */
  keys(url: string): KeySource;
  /** The process-wide limit of a name of `limitNames`. */
  limit(name: string, maximum: number): SharedLimit;
  /** The shared number of a name of `limitNames`. */
  cell(name: string): SharedCell;
  /** The memory of a name of `limitAreas`. */
  area(name: string, bytes: number): SharedArea;
  /** How many workers this process has. */
  readonly workers: number;
  /** The connection to a Redis or Valkey that holds limits; it ends with this configuration's last exchange. */
  store(url: string): StoreConnection;
  /** The upstream for a mirror. */
  upstream(backend: RequestMirrorSpec['backend']): Upstream;
  /** A service that helps policies; for requests one at a time, {@link createCall} makes a call of it. */
  helper(target: HelperTarget): Upstream;
  /** What bounds the route's retries. */
  retryBudget(spec: RetryBudgetSpec): RetryBudget;
  /** Who decides for routes what their clients may do; other workers find them here by their place. */
  readonly authorizers: Map<string, Authorizer>;
  /** Calls `fn` when the last exchange on this configuration has ended: timers and connections of a policy end there. */
  onRelease(fn: () => void): void;
}

/** The spec of one variant where a kind has several. */
type Single<T> = T extends Conditional<infer V> ? V : T;

/** What it means that the condition of a variant cannot be evaluated. */
export type FailedCondition = 'refuse' | 'pass';

/** The export of a folder whose policy may have conditional variants: each is compiled by itself. */
export interface ConditionalPolicyFactory<K extends keyof PolicySpecs> {
  readonly kind: K;
  readonly conditional: true;
  /** Whether a request passes by the variants whose condition cannot be evaluated, or is refused. */
  readonly failedCondition: FailedCondition;
  compile(spec: Single<NonNullable<PolicySpecs[K]>>, context: PolicyContext): Policy;
}

/** The one shape of every other policy folder's export. */
export interface PolicyFactory<K extends keyof PolicySpecs> {
  readonly kind: K;
  readonly conditional?: never;
  /** How specs of several levels become one: the last (most specific) unless it says otherwise. */
  readonly merge?: (levels: readonly NonNullable<PolicySpecs[K]>[]) => NonNullable<PolicySpecs[K]>;
  compile(spec: NonNullable<PolicySpecs[K]>, context: PolicyContext): Policy;
}
