import type { LlmModel } from '../../../model/llm.ts';
import { LeftOut } from '../../authorization/left-out.ts';
import { ListedResources } from '../../authorization/listed-resources.ts';
import { decider } from '../../authorization/rule-set.ts';
import { grantedModels } from '../../authentication/model-grant.ts';
import type { Exchange } from '../../exchange.ts';
import { modelNamed } from './authorize-model.ts';
import type { LlmPorts } from './ports.ts';

/** A name that clients ask for, and the entries of the configuration that may serve it. */
export interface NamedModel {
  readonly id: string;
  readonly entries: readonly NamedEntry[];
}

interface NamedEntry {
  readonly id: string;
  readonly model: LlmModel;
}

/** A name with its entries. */
export function namedModel(id: string, models: readonly LlmModel[]): NamedModel {
  return { id, entries: models.map((model) => ({ id, model })) };
}

/** Which of some models a client may see, in their order; null: all of them. */
export type ModelSight = (x: Exchange, models: readonly NamedModel[]) => readonly boolean[] | null;

const action = 'llm:models';
const open = { rules: null, cedar: null };

/**
 * Compiles who may see which models: whom the grant of its key, the rules and policies of one of their entries, and those
 * of the route let use them. Throws CelError.
 */
export function compileModelSight(models: readonly LlmModel[], ports: LlmPorts): ModelSight {
  const own = new Map(
    models.flatMap((model) =>
      model.authorization === undefined ? [] : [[model, ports.authorization(model.authorization, model.name)] as const],
    ),
  );
  const resources = new ListedResources<NamedEntry>((x, { id, model: { provider } }) =>
    modelNamed(x, id, provider.name, provider.model ?? id),
  );
  return (x, named) => {
    const { authorizer } = x;
    const grant = grantedModels.get(x);
    if (grant === null && authorizer === null && own.size === 0) return null;
    const granted = named.map(({ id }) => grant === null || grant(id));
    const asked = named.flatMap(({ entries }, i) => (granted[i] === true ? entries : []));
    const about = asked.map((entry) => resources.of(x, entry, action));
    const answers = authorizer?.decideAll(x, action, about) ?? [];
    const refusals = new Map(
      asked.map((entry, i) => [entry, answers[i]?.allowed === false ? answers[i].by : ownRefusal(x, entry)]),
    );
    const leftOut = new LeftOut();
    const seen = named.map(({ entries }, i) => {
      if (granted[i] !== true) return false;
      const [first = null, ...others] = entries.map((entry) => refusals.get(entry) ?? null);
      if (first === null || others.includes(null)) return true;
      leftOut.add(first);
      return false;
    });
    if (authorizer !== null || own.size > 0) leftOut.note(x, action, named.length);
    return seen;
  };

  /** What of an entry's own refuses it; null: nothing. */
  function ownRefusal(x: Exchange, entry: NamedEntry): string | null {
    const { rules, cedar } = own.get(entry.model) ?? open;
    const decision = rules?.(x);
    if (decision?.allowed === false) return decider(decision);
    const answer = cedar?.decide(x, action, resources.of(x, entry, action));
    return answer?.allowed === false ? answer.by : null;
  }
}
