import type { LlmModel } from '../../../model/llm.ts';
import { providerLabel } from '../../providers/table.ts';

/** A model as every API's list can show it. */
export interface ListedModel {
  /** The name that clients send; a wildcard as its pattern. */
  readonly id: string;
  /** `openai`, `anthropic` …: who runs it. */
  readonly owner: string;
  /** The model's own name at its provider where it is known, for what is known of the model. */
  readonly upstream: string;
}

/** Every public model once, in file order. */
export function listedModels(models: readonly LlmModel[]): readonly ListedModel[] {
  const byName = new Map<string, ListedModel>();
  for (const model of models) {
    if (model.visibility === 'public' && !byName.has(model.name))
      byName.set(model.name, listedModel(model.name, model));
  }
  return [...byName.values()];
}

/** A model under the name that the client asked for. */
export function listedModel(id: string, { provider }: LlmModel): ListedModel {
  return { id, owner: providerLabel(provider), upstream: provider.model ?? id };
}
