import type { JsonRecord } from '../../../../llm/json/parse.ts';
import type { LlmModel, LlmRouteType } from '../../../../model/llm.ts';
import type { HeaderList } from '../../../../net/http/headers.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import type { LlmPorts } from '../ports.ts';

/** Who serves a request, best first. */
export interface OperationRoute {
  readonly attempts: readonly Attempt[];
  /** What a provider is to read as the model; null leaves the client's. */
  modelFor(attempt: Attempt): string | null;
}

/** What operations other than chat need of the backend that they run in. */
export interface OperationHost {
  readonly ports: LlmPorts;
  /** Name of the backend. */
  readonly name: string;
  /** The configured models, for the list; null where the backend has none. */
  readonly models: ModelCatalogue | null;
  typeOf(path: string): LlmRouteType;
  /** Who serves the model of this name; null: there is no such model. `json`: the body, for conditions on it. */
  byModel(name: string, x: Exchange, json?: JsonRecord): OperationRoute | null;
  /** Every provider entry, those too that only virtual models reach. */
  readonly attempts: readonly Attempt[];
  /** What the models of these entries are called; none where the backend has no models. */
  readonly names: ReadonlyMap<Attempt, string>;
  /** Every provider once, in file order, for requests that name no model. `matched`: its header matches exist and fit. */
  entries(headers: HeaderList): readonly OperationEntry[];
}

/** The models that configuration names. */
export interface ModelCatalogue {
  readonly all: readonly LlmModel[];
  find(name: string, headers: HeaderList): LlmModel | null;
}

/** One provider entry that a request without a model may go to. */
export interface OperationEntry extends OperationRoute {
  /** Names the entry over reloads and restarts. */
  readonly id: string;
  readonly matched: boolean;
}

/** Serves one exchange. */
export type Operation = (x: Exchange) => void | Promise<void>;
