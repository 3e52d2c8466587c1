import { inOrder } from '../../../llm/router/balancer.ts';
import type { ModelRouter } from '../../../llm/router/model-router.ts';
import { compileNamePattern } from '../../../llm/router/name-pattern.ts';
import { VirtualRouter, type Leaf } from '../../../llm/router/virtual-router.ts';
import type { RequestAttributes } from '../../../llm/request/steps.ts';
import type { LlmModel } from '../../../model/llm.ts';
import type { VirtualModel } from '../../../model/llm-routing.ts';
import type { HeaderList } from '../../../net/http/headers.ts';
import type { Attempt } from './attempt.ts';
import type { LlmCondition, LlmPorts } from './ports.ts';

/** A configured model and how to ask it. */
export interface Served {
  readonly model: LlmModel;
  readonly attempt: Attempt;
}

/** Who serves a name, best first, and what each is to read as the model. */
export interface ModelRoute {
  readonly attempts: readonly Attempt[];
  modelFor(attempt: Attempt): string | null;
}

/** Which of several entries of one name is to serve a client, if it may: null, the first. */
export type Prefers = ((served: Served) => boolean) | null;

/** Finds who serves a model's name, virtual models included; null: there is no such model, or it leads nowhere. */
export function compileModelRoutes(
  router: ModelRouter<Served>,
  virtualModels: readonly VirtualModel[],
  ports: LlmPorts,
): (name: string, headers: HeaderList, variables: () => RequestAttributes, prefers: Prefers) => ModelRoute | null {
  const virtual = new VirtualRouter<Served, LlmCondition>(virtualModels, (when) => ports.condition(when, 'llmRequest'));
  return (name, headers, variables, prefers) => {
    if (virtual.has(name)) return virtually(name, headers, variables(), prefers);
    const served = router.find(name, headers, false, prefers);
    return served === null ? null : { attempts: [served.attempt], modelFor: () => served.model.provider.model ?? name };
  };

  function virtually(
    name: string,
    headers: HeaderList,
    variables: RequestAttributes,
    prefers: Prefers,
  ): ModelRoute | null {
    const groups = virtual.groups(name, {
      find: (target) => router.find(target, headers, true, prefers),
      isAble: ({ attempt }) => attempt.health?.endpoint.evicted !== true,
      holds: (condition) => condition(variables),
    });
    return groups === null ? null : routeTo(groups);
  }
}

/** Virtual models as the list of models shows them: as the model that the first of their targets leads to. */
export function shownVirtualModels(models: readonly LlmModel[], virtualModels: readonly VirtualModel[]): LlmModel[] {
  const targetOf = new Map(virtualModels.map(({ name, routing }) => [name, routing.targets[0]?.model]));
  return virtualModels.flatMap(({ name }) => {
    let target = targetOf.get(name);
    while (target !== undefined && targetOf.has(target)) target = targetOf.get(target);
    const model = models.find((entry) => target !== undefined && compileNamePattern(entry.name).matches(target));
    if (model === undefined) return [];
    // The other targets may serve those whom this one does not.
    const { authorization: _, ...shown } = model;
    return [{ ...shown, id: name, name, visibility: 'public' as const, matches: [] }];
  });
}

function routeTo(groups: readonly (readonly Leaf<Served>[])[]): ModelRoute | null {
  const members = groups.map((group) =>
    group.map((leaf) => ({ ...leaf, health: leaf.value.attempt.health?.endpoint ?? null })),
  );
  const models = new Map<Attempt, string>();
  for (const { value, name } of inOrder(members)) {
    const { attempt, model } = value;
    const sent = model.provider.model ?? name;
    if (models.get(attempt) === sent) continue;
    // One entry of the file may be asked for several of its names.
    models.set(models.has(attempt) ? { ...attempt } : attempt, sent);
  }
  if (models.size === 0) return null;
  return { attempts: [...models.keys()], modelFor: (attempt) => models.get(attempt) ?? null };
}
