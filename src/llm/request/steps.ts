import type { LlmRequestSettings, LlmRouteType } from '../../model/llm.ts';
import type { Expression } from '../../model/model.ts';
import type { ModelFacts } from '../models/facts.ts';
import { addCachePoints } from './caching.ts';
import type { BodyDraft } from './draft.ts';
import { addPrompts } from './prompts.ts';

/** Where expressions find the variables of an exchange besides `llmRequest`. */
export interface RequestAttributes {
  get(root: string): unknown;
}

/** An expression for a member of a body: JSON text of its value, or undefined where it fails. */
export type MemberExpression = (attributes: RequestAttributes) => string | undefined;

/** Compiles an expression that may name `llmRequest`. Throws CelError. */
export type CompileMember = (source: Expression) => MemberExpression;

/** What configuration does to the requests of one model or backend. */
export interface RequestSteps {
  /** On a body in the client's format: overrides, transformations, defaults, prompts. */
  prepare(draft: BodyDraft, type: LlmRouteType, attributes: RequestAttributes): void;
  /** On a body of no known format: only the name of its model. */
  prepareModel(draft: BodyDraft, attributes: RequestAttributes): void;
  /** On a body in the provider's format: cache points, final transformations. */
  finish(draft: BodyDraft, type: LlmRouteType, attributes: RequestAttributes, facts: ModelFacts): void;
}

/** Writes fixed values out once and compiles expressions, so that requests only copy and run them. Throws CelError. */
export function compileRequestSteps(settings: LlmRequestSettings, compile: CompileMember): RequestSteps {
  const overrides = texts(settings.overrides);
  const defaults = texts(settings.defaults);
  const transformations = expressions(settings.transformations, compile);
  const final = expressions(settings.finalTransformations, compile);
  const ofModel = transformations.filter(([name]) => name === 'model');
  const { prompts, promptCaching } = settings;
  return {
    prepare(draft, type, attributes) {
      for (const [name, text] of overrides) draft.setText(name, text);
      transform(draft, transformations, attributes);
      for (const [name, text] of defaults) if (!draft.has(name)) draft.setText(name, text);
      if (prompts !== undefined) addPrompts(draft, type, prompts);
    },
    prepareModel(draft, attributes) {
      transform(draft, ofModel, attributes);
    },
    finish(draft, type, attributes, facts) {
      if (promptCaching !== undefined) addCachePoints(draft, type, promptCaching, facts);
      transform(draft, final, attributes);
    },
  };
}

type Named<T> = readonly (readonly [name: string, value: T])[];

/** Each expression sees what the ones before it made of the request. */
function transform(draft: BodyDraft, all: Named<MemberExpression>, attributes: RequestAttributes): void {
  if (all.length === 0) return;
  const view: RequestAttributes = {
    get: (root) => (root === 'llmRequest' ? draft.json() : attributes.get(root)),
  };
  for (const [name, expression] of all) {
    const text = expression(view);
    if (text === undefined) draft.remove(name);
    else draft.setText(name, text);
  }
}

function texts(values: ReadonlyMap<string, unknown>): Named<string> {
  return Array.from(values, ([name, value]) => [name, JSON.stringify(value)]);
}

function expressions(
  sources: ReadonlyMap<string, Expression> | undefined,
  compile: CompileMember,
): Named<MemberExpression> {
  return Array.from(sources ?? [], ([name, source]) => [name, compile(source)]);
}
