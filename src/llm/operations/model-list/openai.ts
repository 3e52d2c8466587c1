import { jsonReply } from '../../answer.ts';
import type { ListedModel } from './listed.ts';
import type { ModelListShape } from './shape.ts';

/** OpenAI's list, which has no pages (openai-node 7.57, `resources/models.ts`). */
export const openAiModelList: ModelListShape = {
  format: 'completions',
  list: (models, _query, created) =>
    jsonReply(200, { object: 'list', data: models.map((model) => modelObject(model, created)) }),
  one: (model, created) => jsonReply(200, modelObject(model, created)),
};

function modelObject({ id, owner }: ListedModel, created: number): object {
  return { id, object: 'model', created, owned_by: owner };
}
