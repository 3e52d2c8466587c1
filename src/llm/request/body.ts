import { parseJsonObject, type JsonRecord } from '../json/parse.ts';
import { rewriteJsonObject } from '../json/rewrite.ts';
import { scanJsonObject } from '../json/scan.ts';

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

/** What configuration sets in request bodies: name → JSON text. */
export interface BodySettings {
  /** Where the client sent no such member. */
  readonly defaults: ReadonlyMap<string, string>;
  /** Whatever the client sent. */
  readonly overrides: ReadonlyMap<string, string>;
}

/** Writes the values out once, so that requests only copy them. */
export function compileBodySettings(
  defaults: ReadonlyMap<string, unknown>,
  overrides: ReadonlyMap<string, unknown>,
): BodySettings {
  return { defaults: texts(defaults), overrides: texts(overrides) };
}

/**
 * The bytes to send: `body` with `model` and the settings in place. The same buffer where nothing changes.
 *
 * @param model what the provider is to read as `model`; null leaves it as it is.
 */
export function bodyToSend(body: LlmBody, model: string | null, settings: BodySettings): Buffer {
  const changes = new Map<string, string>();
  if (model !== null && (model !== body.model || repeatsModel(body.bytes))) {
    changes.set('model', JSON.stringify(model));
  }
  for (const [name, text] of settings.defaults) if (!Object.hasOwn(body.json, name)) changes.set(name, text);
  for (const [name, text] of settings.overrides) changes.set(name, text);
  if (changes.size === 0) return body.bytes;
  return rewriteJsonObject(body.bytes, scanJsonObject(body.bytes), changes);
}

const MODEL_NAME = '"model"';
const UNICODE_ESCAPE = '\\u';

/**
 * True when `model` stands twice, in whatever spelling. Parsers differ in which of two members they take, so then all
 * are written anew: the upstream must not read another model than the one that was routed and allowed.
 */
function repeatsModel(bytes: Buffer): boolean {
  if (bytes.indexOf(MODEL_NAME) === bytes.lastIndexOf(MODEL_NAME) && !bytes.includes(UNICODE_ESCAPE)) return false;
  return scanJsonObject(bytes).members.filter((member) => member.name === 'model').length > 1;
}

function texts(values: ReadonlyMap<string, unknown>): ReadonlyMap<string, string> {
  return new Map(Array.from(values, ([name, value]) => [name, JSON.stringify(value)]));
}
