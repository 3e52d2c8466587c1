import type { LlmRouteType } from '../../model/llm.ts';
import type { RequestLine } from '../pivot/format.ts';
import { decoded } from './decoded.ts';

/** What a method of a path says of the answer: a stream, none, or null where the body says it. */
const methods: ReadonlyMap<string, boolean | null> = new Map([
  ['generateContent', false],
  ['streamGenerateContent', true],
  ['countTokens', false],
  ['rawPredict', null],
  ['streamRawPredict', true],
]);

/** `…/models/{model}:{method}` of Gemini and Vertex AI; a model's name may hold slashes and colons. Tuned ones keep their folder. */
const modelMethod = /(?:^|\/)(models|tunedModels)\/(.+):([A-Za-z]+)$/;

/** `/model/{model}/{operation}` of Amazon Bedrock; the name is escaped, as ARNs hold slashes. */
const bedrockModel = /(?:^|\/)model\/([^/]+)\/(converse|converse-stream|invoke|invoke-with-response-stream)$/;

const bodySaysAll: RequestLine = { model: null, stream: null };

/**
 * What a request's path says of its model and of streaming, for APIs that have them there: Gemini's and Vertex AI's
 * methods, and Amazon Bedrock's operations. Percent escapes of the name are decoded; a broken one stays as it is.
 */
export function requestLine(type: LlmRouteType, path: string): RequestLine {
  // Most requests are of types whose paths never name a model.
  if (type === 'completions' || type === 'responses' || type === 'embeddings') return bodySaysAll;
  const method = modelMethod.exec(path);
  if (method !== null) {
    const [, folder, name = '', verb = ''] = method;
    const stream = methods.get(verb);
    if (stream === undefined) return bodySaysAll;
    return { model: (folder === 'models' ? '' : 'tunedModels/') + decoded(name), stream };
  }
  const operation = bedrockModel.exec(path);
  if (operation === null) return bodySaysAll;
  return { model: decoded(operation[1] ?? ''), stream: operation[2]?.endsWith('stream') ?? false };
}
