import type { JsonRecord } from '../json/parse.ts';
import { vertex } from '../providers/vertex.ts';
import { BodyDraft } from '../request/draft.ts';
import { providerCall } from './provider-call.ts';
import type { ValidationTarget } from './validate.ts';

type Sent = readonly [target: ValidationTarget, body: object];

/** The APIs that a body which a format wrote may be sent to, with what is sent to each. */
export function sentTo(format: string, body: object): readonly Sent[] {
  const send = formats[format];
  if (send === undefined) throw new TypeError(`it is not known where requests of ${format} are sent`);
  return send(body);
}

const formats: Readonly<Record<string, (body: object) => readonly Sent[]>> = {
  completions: (body) => [['completions', body]],
  responses: (body) => [['responses', body]],
  messages: (body) => [
    ['messages', body],
    ['messagesVertex', rawPredict(body)],
  ],
  converse: (body) => [
    ['converse', body],
    ['converseStream', body],
  ],
  'generate-content': (body) => [
    ['generateContent', body],
    ['vertexGenerateContent', body],
  ],
  cohere: (body) => [['cohere', body]],
};

/** What is sent to Vertex AI instead: the model in the path, the version in the body. */
function rawPredict(body: object): object {
  const draft = new BodyDraft(body as JsonRecord, null);
  const model = draft.get('model');
  vertex.finishBody?.(providerCall('vertex', { model: typeof model === 'string' ? model : null }), draft, []);
  return JSON.parse(draft.bytes().toString()) as object;
}
