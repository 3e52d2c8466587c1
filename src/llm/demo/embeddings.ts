import { jsonReply, type LlmReply } from '../answer.ts';
import { hash32 } from './hash.ts';
import { missing, wrongType, wrongValue } from './invalid.ts';
import type { LocalRequest } from './request.ts';
import { countTokens } from './tokens.ts';

const DEFAULT_DIMENSIONS = 256;
const MAX_DIMENSIONS = 3072;
const MAX_INPUTS = 2048;
/** Dimensions that one word touches. */
const SPREAD = 8;

/** Answers an embeddings request with unit vectors; texts that share words are near each other. @throws InvalidRequest */
export function respondEmbeddings({ body }: LocalRequest): LlmReply {
  const { model, input, dimensions = DEFAULT_DIMENSIONS, encoding_format: encoding = 'float' } = body;
  if (typeof model !== 'string') missing('model');
  const inputs = readInputs(input);
  if (typeof dimensions !== 'number') wrongType('dimensions', 'a number');
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    wrongValue('dimensions', `a whole number from 1 to ${MAX_DIMENSIONS}`);
  }
  if (encoding !== 'float' && encoding !== 'base64') wrongValue('encoding_format', 'float or base64');
  const data = inputs.map((words, index) => {
    const vector = embed(words, dimensions);
    return { object: 'embedding', index, embedding: encoding === 'float' ? Array.from(vector) : base64(vector) };
  });
  const tokens = inputs.reduce((sum, words) => sum + countTokens(words.join(' ')), 0);
  return jsonReply(200, { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } });
}

/** Each input as words; token ids count as words. */
function readInputs(input: unknown): readonly (readonly string[])[] {
  if (input === undefined || input === null) missing('input');
  const list: unknown[] =
    typeof input === 'string' ? [input] : Array.isArray(input) ? input : wrongType('input', 'text');
  if (list.length === 0 || list.length > MAX_INPUTS) wrongValue('input', `1 to ${MAX_INPUTS} inputs`);
  if (list.every((item) => typeof item === 'number')) return [list.map(String)];
  return list.map((item, i) => {
    if (typeof item === 'string' && item !== '') return item.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [item];
    if (Array.isArray(item) && item.length > 0 && item.every((n) => typeof n === 'number')) return item.map(String);
    return wrongType(`input[${i}]`, 'text that is not empty, or token ids');
  });
}

function embed(words: readonly string[], dimensions: number): Float32Array {
  const vector = new Float64Array(dimensions);
  for (const word of words) {
    for (let i = 0; i < SPREAD; i++) {
      const h = hash32(word, i + 1);
      const at = (h >>> 1) % dimensions;
      vector[at] = (vector[at] as number) + (h & 1 ? 1 : -1);
    }
  }
  const length = Math.hypot(...vector);
  if (length === 0) vector[0] = 1;
  return Float32Array.from(vector, (v) => (length === 0 ? v : v / length));
}

/** Little-endian 32-bit floats. */
function base64(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((v, i) => bytes.writeFloatLE(v, i * 4));
  return bytes.toString('base64');
}
