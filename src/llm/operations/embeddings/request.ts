import { LlmBadRequest, type Drops } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';

/** An embeddings request of OpenAI's API, read for another. */
export interface EmbeddingsRequest {
  /** As the upstream knows it. */
  readonly model: string;
  readonly inputs: readonly string[];
  readonly dimensions: number | null;
  readonly base64: boolean;
  /** What the vectors are for, in Cohere's words; Google's `task_type` where the client says that. */
  readonly purpose: string | null;
}

/** OpenAI's limit. */
const MAX_INPUTS = 2048;
const READ = new Set(['model', 'input', 'dimensions', 'encoding_format', 'input_type', 'task_type', 'user']);

/**
 * Reads an embeddings request (OpenAI API reference, "Create embeddings"; `input_type` and `task_type` are what clients of
 * other vendors add). Token ids are refused: they mean nothing to another vendor's model. Throws LlmBadRequest.
 */
export function readEmbeddings(body: JsonObject, model: string, drops: Drops, target: string): EmbeddingsRequest {
  const { dimensions, encoding_format: encoding } = body;
  if (typeof body['user'] === 'string') drops.hint('user');
  for (const [name, value] of Object.entries(body)) {
    if (!READ.has(name) && value !== null) drops.meaning(name, target);
  }
  return {
    model,
    inputs: readInputs(body['input']),
    dimensions: readDimensions(dimensions),
    base64: readEncoding(encoding) === 'base64',
    purpose: textOf(body['input_type']) ?? textOf(body['task_type']),
  };
}

function readInputs(input: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (list.length === 0 || list.length > MAX_INPUTS) refuse('input', `1 to ${MAX_INPUTS} texts`);
  if (list.some((item) => typeof item === 'number' || Array.isArray(item))) {
    throw new LlmBadRequest('input: token ids mean nothing to the model that serves this request; send text', 'input');
  }
  return list.map((item, index) =>
    typeof item === 'string' && item !== '' ? item : refuse(`input[${index}]`, 'a text that is not empty'),
  );
}

function readDimensions(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  return refuse('dimensions', 'a whole number above 0');
}

function readEncoding(value: unknown): 'float' | 'base64' {
  if (value === undefined || value === null || value === 'float') return 'float';
  return value === 'base64' ? value : refuse('encoding_format', 'float or base64');
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function refuse(path: string, expected: string): never {
  throw new LlmBadRequest(`${path} must be ${expected}`, path.replace(/\[.*/, ''));
}
