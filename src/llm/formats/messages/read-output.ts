import { LlmBadRequest } from '../../pivot/drops.ts';
import type { JsonObject } from '../../pivot/format.ts';
import type { OutputFormat, Reasoning } from '../../pivot/request.ts';
import type { Extras } from './extras.ts';
import { countOrNull, isAbsent, objectAt } from './members.ts';

/** Reads `output_config.format`, or `output_format` as the beta had it. Null: text. */
export function readOutput(body: JsonObject): OutputFormat | null {
  const config = body['output_config'];
  const inside = isAbsent(config) ? undefined : objectAt(config, 'output_config')['format'];
  const [value, path] = isAbsent(inside) ? [body['output_format'], 'output_format'] : [inside, 'output_config.format'];
  if (isAbsent(value)) return null;
  const format = objectAt(value, path);
  if (format['type'] !== 'json_schema') throw new LlmBadRequest(`${path}.type must be "json_schema"`, `${path}.type`);
  return { kind: 'schema', name: 'output', schema: objectAt(format['schema'], `${path}.schema`), strict: true };
}

const efforts: ReadonlySet<unknown> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);
const thinkingKnown: ReadonlySet<string> = new Set(['type', 'budget_tokens']);
const configKnown: ReadonlySet<string> = new Set(['effort', 'format']);

/** Reads `thinking` and `output_config.effort`. Null: the client says nothing of reasoning. */
export function readReasoning(body: JsonObject, extras: Extras): Reasoning | null {
  const effort = readEffort(body['output_config'], extras);
  const value = body['thinking'];
  if (isAbsent(value)) return effort === null ? null : { effort, budgetTokens: null };
  const thinking = objectAt(value, 'thinking');
  extras.rest(thinking, thinkingKnown, 'thinking', 'hint');
  switch (thinking['type']) {
    case 'disabled':
      return { effort: 'none', budgetTokens: null };
    case 'adaptive':
      return { effort, budgetTokens: null };
    case 'enabled':
      return { effort, budgetTokens: countOrNull(thinking['budget_tokens'], 'thinking.budget_tokens') };
    default:
      throw new LlmBadRequest('thinking.type must be "enabled", "adaptive" or "disabled"', 'thinking.type');
  }
}

function readEffort(value: unknown, extras: Extras): Reasoning['effort'] {
  if (isAbsent(value)) return null;
  const config = objectAt(value, 'output_config');
  extras.rest(config, configKnown, 'output_config', 'hint');
  const effort = config['effort'];
  if (isAbsent(effort)) return null;
  if (!isEffort(effort)) {
    throw new LlmBadRequest(
      'output_config.effort must be one of low, medium, high, xhigh, max',
      'output_config.effort',
    );
  }
  return effort;
}

function isEffort(value: unknown): value is 'low' | 'medium' | 'high' | 'xhigh' | 'max' {
  return efforts.has(value);
}
