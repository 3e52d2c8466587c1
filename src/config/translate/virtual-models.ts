import type { LlmModel } from '../../model/llm.ts';
import type { VirtualModel, VirtualRouting } from '../../model/llm-routing.ts';
import type { Llm } from '../schema/llm.ts';
import { report, reportUnknown, type Context, type Path } from './context.ts';
import { condition } from './expressions.ts';

type VirtualConfig = Llm['virtualModels'][number];

/**
 * The virtual models of the `llm` section. What they name must be a model of the section or another virtual model, and
 * none may lead back to itself.
 */
export function virtualModels(
  context: Context,
  path: Path,
  configs: readonly VirtualConfig[],
  models: readonly Pick<LlmModel, 'name'>[],
): readonly VirtualModel[] {
  const names = new Set<string>();
  const known = [...models, ...configs].map(({ name }) => name);
  const virtual = new Set(configs.map(({ name }) => name));
  const translated = configs.map((config, index) => {
    const at: Path = [...path, index];
    if (names.has(config.name)) report(context, [...at, 'name'], `two virtual models have the name ${config.name}`);
    names.add(config.name);
    if (models.some(({ name }) => name === config.name)) {
      report(context, [...at, 'name'], `there is a model ${config.name} already`);
    }
    const routing = routingOf(context, [...at, 'routing'], config);
    for (const [place, { model }] of routing.targets.entries()) {
      if (virtual.has(model) || models.some(({ name }) => fits(name, model))) continue;
      reportUnknown(context, [...at, 'routing', routing.kind, 'targets', place, 'model'], 'model', model, known);
    }
    return { name: config.name, routing };
  });
  // Each member of a cycle would say the same.
  const told = new Set<string>();
  for (const [index, { name }] of translated.entries()) {
    const cycle = told.has(name) ? null : cycleFrom(name, translated);
    if (cycle === null) continue;
    report(context, [...path, index, 'routing'], `it leads back to itself: ${cycle.join(' → ')}`);
    for (const member of cycle) told.add(member);
  }
  return translated;
}

function routingOf(context: Context, path: Path, { routing }: VirtualConfig): VirtualRouting {
  if (routing.weighted !== undefined) {
    const at: Path = [...path, 'weighted', 'targets'];
    const { targets } = routing.weighted;
    checkNotEmpty(context, at, targets);
    if (targets.length > 0 && targets.every(({ weight }) => weight === 0)) report(context, at, 'all weights are 0');
    return { kind: 'weighted', targets: targets.map(({ model, weight }) => ({ model, weight })) };
  }
  if (routing.failover !== undefined) {
    const { targets } = routing.failover;
    checkNotEmpty(context, [...path, 'failover', 'targets'], targets);
    return { kind: 'failover', targets: targets.map(({ model, priority }) => ({ model, priority })) };
  }
  const at: Path = [...path, 'conditional', 'targets'];
  const { targets } = routing.conditional;
  checkNotEmpty(context, at, targets);
  return {
    kind: 'conditional',
    targets: targets.map(({ model, when }, index) => {
      if (when === undefined && index < targets.length - 1) {
        report(context, [...at, index], 'without when it always fits, so what follows is never used');
      }
      if (when === undefined) return { model };
      return { model, when: condition(context, [...at, index, 'when'], when, 'llmRequest') };
    }),
  };
}

/** Whether a model's name, which may have one * at an end, stands for `wanted`. */
function fits(name: string, wanted: string): boolean {
  if (name.endsWith('*')) return wanted.startsWith(name.slice(0, -1));
  return name.startsWith('*') ? wanted.endsWith(name.slice(1)) : name === wanted;
}

function checkNotEmpty(context: Context, path: Path, targets: readonly unknown[]): void {
  if (targets.length === 0) report(context, path, 'there must be at least one target');
}

/** The way from `name` back to it, or null. */
function cycleFrom(name: string, models: readonly VirtualModel[]): readonly string[] | null {
  const targets = new Map(models.map((model) => [model.name, model.routing.targets.map((target) => target.model)]));
  const seen = new Set<string>();
  const follow = (at: string, way: readonly string[]): readonly string[] | null => {
    for (const next of targets.get(at) ?? []) {
      if (next === name) return [...way, name];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = follow(next, [...way, next]);
      if (found !== null) return found;
    }
    return null;
  };
  return follow(name, [name]);
}
