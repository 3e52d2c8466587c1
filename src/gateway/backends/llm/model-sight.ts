import type { LlmModel } from '../../../model/llm.ts';
import { LeftOut } from '../../authorization/left-out.ts';
import { ListedResources } from '../../authorization/listed-resources.ts';
import { decider } from '../../authorization/rule-set.ts';
import type { Exchange } from '../../exchange.ts';
import { modelNamed } from './authorize-model.ts';
import type { LlmPorts } from './ports.ts';

/** A model under a name that clients ask for. */
export interface NamedModel {
  readonly id: string;
  readonly model: LlmModel;
}

/** Which of some models a client may see, in their order; null: all of them. */
export type ModelSight = (x: Exchange, asked: readonly NamedModel[]) => readonly boolean[] | null;

const action = 'llm:models';

/**
 * Compiles who may see which models: by the grant of the client's key, the rules and policies of each model, and those of
 * the route. Throws CelError.
 */
export function compileModelSight(models: readonly LlmModel[], ports: LlmPorts): ModelSight {
  const own = new Map(
    models.flatMap((model) =>
      model.authorization === undefined ? [] : [[model, ports.authorization(model.authorization, model.name)] as const],
    ),
  );
  const resources = new ListedResources<NamedModel>((x, { id, model: { provider } }) =>
    modelNamed(x, id, provider.name, provider.model ?? id),
  );
  return (x, asked) => {
    const { models: grant, authorizer } = x;
    if (grant === null && authorizer === null && own.size === 0) return null;
    const granted = grant === null ? asked : asked.filter(({ id }) => grant(id));
    const about = granted.map((entry) => resources.of(x, entry, action));
    const answers = authorizer?.decideAll(x, action, about) ?? null;
    const leftOut = new LeftOut();
    const seen = new Set<NamedModel>();
    for (const [i, entry] of granted.entries()) {
      const refusal = ownRefusal(x, entry, i) ?? (answers?.[i]?.allowed === false ? answers[i].by : null);
      if (refusal === null) seen.add(entry);
      else leftOut.add(refusal);
    }
    if (authorizer !== null || own.size > 0) leftOut.note(x, action, granted.length);
    return asked.map((entry) => seen.has(entry));

    function ownRefusal(x: Exchange, { model }: NamedModel, i: number): string | null {
      const { rules, cedar } = own.get(model) ?? open;
      const decision = rules?.(x);
      if (decision?.allowed === false) return decider(decision);
      const resource = about[i];
      const answer = resource === undefined ? undefined : cedar?.decide(x, action, resource);
      return answer?.allowed === false ? answer.by : null;
    }
  };
}

const open = { rules: null, cedar: null };
