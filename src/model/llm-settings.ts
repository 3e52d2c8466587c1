import type { AiSettings } from './llm.ts';

/** Two levels as one: each part comes from `special` where that says something of it. */
export function mergeAiSettings<T extends AiSettings>(special: AiSettings, general: T): T {
  const said = Object.entries(special).filter(([, value]) => !(value instanceof Map) || value.size > 0);
  return { ...general, ...Object.fromEntries(said) };
}
