import { errorReply, jsonReply } from '../../answer.ts';
import { modelFacts } from '../../models/table.ts';
import type { ListedModel } from './listed.ts';
import { pageSize, type ModelListShape } from './shape.ts';

/** What every chat model here can be asked in Gemini's API. */
const methods = ['generateContent', 'streamGenerateContent', 'countTokens'];

/** Gemini's list with its page tokens (Google's discovery document of `generativelanguage`, `models.list`). */
export const geminiModelList: ModelListShape = {
  format: 'generateContent',
  list(models, query) {
    const size = pageSize(query.get('pageSize') ?? query.get('page_size'), 50, 0, 1000);
    if (size === null) return errorReply(400, 'invalid_parameter', 'pageSize: a whole number up to 1000', 'pageSize');
    const token = query.get('pageToken') ?? query.get('page_token') ?? '';
    const start = token === '' ? 0 : startOf(token, models.length);
    if (start === null) return errorReply(400, 'invalid_parameter', 'pageToken: not one of this list', 'pageToken');
    // 0 asks for the server's own size.
    const end = start + (size === 0 ? 50 : size);
    const page = models.slice(start, end).map(modelOf);
    return jsonReply(200, { models: page, ...(end < models.length ? { nextPageToken: tokenOf(end) } : {}) });
  },
  one: (model) => jsonReply(200, modelOf(model)),
};

function modelOf({ id, upstream }: ListedModel): object {
  return {
    name: `models/${id}`,
    baseModelId: id,
    version: '',
    displayName: id,
    ...(upstream.includes('*') ? {} : { outputTokenLimit: modelFacts(upstream).maxOutput }),
    supportedGenerationMethods: methods,
  };
}

function tokenOf(start: number): string {
  return Buffer.from(`models:${start}`).toString('base64url');
}

function startOf(token: string, length: number): number | null {
  const start = /^models:(\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString('latin1'))?.[1];
  return start === undefined || Number(start) > length ? null : Number(start);
}
