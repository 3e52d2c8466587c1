import type { HeaderList } from '../../../net/http/headers.ts';
import { anthropicModelList } from './anthropic.ts';
import { geminiModelList } from './gemini.ts';
import { openAiModelList } from './openai.ts';
import type { ModelListShape } from './shape.ts';

/**
 * The API whose list a request wants: Anthropic's clients always send `anthropic-version`; Gemini's send their key in a
 * field or query parameter of its own, or use the version that only its API has; everyone else gets OpenAI's.
 */
export function modelListShape(path: string, query: URLSearchParams, headers: HeaderList): ModelListShape {
  if (headers.has('anthropic-version')) return anthropicModelList;
  if (headers.has('x-goog-api-key') || path.includes('/v1beta/') || query.has('key')) return geminiModelList;
  return openAiModelList;
}
