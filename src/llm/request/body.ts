import { parseJsonObject, type JsonRecord } from '../json/parse.ts';

/** A request body that is read as JSON but sent on as text. */
export interface LlmBody {
  readonly bytes: Buffer;
  readonly json: JsonRecord;
  /** The member `model` when it is text. */
  readonly model: string | null;
  readonly streaming: boolean;
}

/** Reads a JSON body; what is wrong with it as text otherwise. */
export function readLlmBody(bytes: Buffer): LlmBody | string {
  const json = parseJsonObject(bytes);
  if (typeof json === 'string') return json;
  const model = json['model'];
  return { bytes, json, model: typeof model === 'string' ? model : null, streaming: json['stream'] === true };
}
