import type { ModelAbilities } from '../../model/llm-facts.ts';
import type { ModelFacts } from './facts.ts';
import { modelFacts } from './table.ts';

/** How many names are remembered: clients may send any number of them. */
const mostNames = 64;

/**
 * Looks up the facts of models by name, with what configuration says of the model on top. Names that were looked up are
 * remembered: the table is a list of patterns.
 */
export function rememberedFacts(own: Partial<ModelAbilities> | null): (model: string | null) => ModelFacts {
  const known = new Map<string, ModelFacts>();
  return (model) => {
    const name = model ?? '';
    const found = known.get(name);
    if (found !== undefined) return found;
    const facts = own === null ? modelFacts(name) : { ...modelFacts(name), ...own };
    if (known.size >= mostNames) known.clear();
    known.set(name, facts);
    return facts;
  };
}
