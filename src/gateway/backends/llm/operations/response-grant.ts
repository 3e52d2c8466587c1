import { GatewayError } from '../../../../base/errors.ts';
import type { LlmRouteType } from '../../../../model/llm.ts';
import { grantedModels } from '../../../authentication/model-grant.ts';
import type { Exchange } from '../../../exchange.ts';
import type { Attempt } from '../attempt.ts';
import { authorizeModel } from '../authorize-model.ts';
import { checkModelGrant } from '../model-grant.ts';
import type { OperationHost } from './host.ts';

/** Who may have the responses that providers keep: those who may use the model that made them. */
export class ResponseGrant {
  readonly #host: OperationHost;
  /** Single models or providers have rules or policies of their own. */
  readonly #ruled: boolean;

  constructor(host: OperationHost) {
    this.#host = host;
    this.#ruled = host.attempts.some(({ authorization }) => authorization !== null);
  }

  /** Whether it depends on the model what the client may do. */
  depends(x: Exchange): boolean {
    return this.#ruled || x.authorizer !== null || grantedModels.get(x) !== null;
  }

  /** @param model The one that made it, as its client called it; null: nothing tells, so that it may be any. */
  allows(x: Exchange, type: LlmRouteType, model: string | null, keeper: Attempt): boolean {
    if (!this.depends(x)) return true;
    try {
      checkModelGrant(x, model);
      return model === null ? this.#mayUseAll(x, type, keeper) : this.#mayUse(x, type, model, keeper);
    } catch (error) {
      if (error instanceof GatewayError && error.reason === 'authorizationFailed') return false;
      throw error;
    }
  }

  /** Throws `authorizationFailed`. */
  #mayUse(x: Exchange, type: LlmRouteType, model: string, keeper: Attempt): boolean {
    const isKeeper = ({ identity }: Attempt): boolean => identity === keeper.identity;
    if (this.#host.byModel(model, x)?.attempts.some(isKeeper) === true) return true;
    // The model leads elsewhere now, or for this request: any entry of the provider may have made the response.
    const attempts = this.#host.attempts.filter(isKeeper);
    return authorizeModel(x, type, model, { attempts, modelFor: () => null }).attempts.length === attempts.length;
  }

  /** Throws `authorizationFailed`. */
  #mayUseAll(x: Exchange, type: LlmRouteType, keeper: Attempt): true {
    const { attempts, names } = this.#host;
    authorizeModel(x, type, '', { attempts: [keeper], modelFor: () => null });
    for (const attempt of attempts) {
      if (attempt.identity !== keeper.identity) continue;
      const modelFor = (): string | null => attempt.provider.model ?? null;
      authorizeModel(x, type, names.get(attempt) ?? '', { attempts: [attempt], modelFor });
    }
    return true;
  }
}
