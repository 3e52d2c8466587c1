import { errorReply, jsonReply } from '../../answer.ts';
import { modelFacts } from '../../models/table.ts';
import type { ListedModel } from './listed.ts';
import { pageSize, type ModelListShape } from './shape.ts';

/** Anthropic's list with its cursors (`@anthropic-ai/sdk` 1.12, `resources/models.ts`, `core/pagination.ts`). */
export const anthropicModelList: ModelListShape = {
  format: 'messages',
  list(models, query, created) {
    const limit = pageSize(query.get('limit'), 20, 1, 1000);
    if (limit === null) return errorReply(400, 'invalid_parameter', 'limit: a whole number from 1 to 1000', 'limit');
    const before = query.get('before_id');
    const after = query.get('after_id');
    if (before !== null && after !== null) {
      return errorReply(400, 'invalid_parameter', 'before_id and after_id exclude each other', 'before_id');
    }
    const at = models.findIndex(({ id }) => id === (before ?? after));
    if (at === -1 && (before ?? after) !== null) {
      const name = before === null ? 'after_id' : 'before_id';
      return errorReply(400, 'invalid_parameter', `${name}: there is no such model in the list`, name);
    }
    const start = before === null ? at + 1 : Math.max(0, at - limit);
    const end = before === null ? start + limit : at;
    const page = models.slice(start, end);
    return jsonReply(200, {
      data: page.map((model) => modelInfo(model, created)),
      has_more: before === null ? end < models.length : start > 0,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    });
  },
  one: (model, created) => jsonReply(200, modelInfo(model, created)),
};

function modelInfo({ id, upstream }: ListedModel, created: number): object {
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: new Date(created * 1000).toISOString().replace('.000', ''),
    lifecycle: 'active',
    deprecated_at: null,
    retires_at: null,
    line: null,
    capabilities: null,
    max_input_tokens: null,
    max_tokens: upstream.includes('*') ? null : modelFacts(upstream).maxOutput,
  };
}
