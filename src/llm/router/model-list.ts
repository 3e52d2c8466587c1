import { errorReply, jsonReply, type LlmReply } from '../answer.ts';
import type { LlmModel } from '../../model/llm.ts';
import { providerLabel } from '../providers/table.ts';

interface ModelObject {
  readonly id: string;
  readonly object: 'model';
  /** Unix seconds. */
  readonly created: number;
  readonly owned_by: string;
}

/** Answers `GET /v1/models` and `GET /v1/models/{id}` from configuration (OpenAI API reference: Models). */
export class ModelList {
  readonly #list: LlmReply;
  readonly #created: number;

  /** @param created Unix seconds to give as the models' age: when the configuration was loaded. */
  constructor(models: readonly LlmModel[], created: number) {
    this.#created = created;
    const names = new Map(
      models.filter((m) => m.visibility === 'public').map((m) => [m.name, modelObject(m.name, m, created)]),
    );
    this.#list = jsonReply(200, { object: 'list', data: [...names.values()] });
  }

  /** Every public model once, in file order; a wildcard as its pattern. */
  list(): LlmReply {
    return this.#list;
  }

  /** One model under the name that the client asked for. */
  one(id: string, model: LlmModel | null): LlmReply {
    return model === null ? modelNotFound(id) : jsonReply(200, modelObject(id, model, this.#created));
  }
}

/** 404 for a model that configuration does not have. */
export function modelNotFound(name: string): LlmReply {
  return errorReply(404, 'model_not_found', `The model \`${shown(name)}\` does not exist here`, 'model');
}

/** Keeps a message short whatever a client sent as a name. */
function shown(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 200)}…`;
}

function modelObject(id: string, model: LlmModel, created: number): ModelObject {
  return { id, object: 'model', created, owned_by: providerLabel(model.provider.kind) };
}
