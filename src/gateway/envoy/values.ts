import type { ProtoJson, ProtoStruct } from '../../base/protobuf/well-known.ts';
import type { Activation } from '../../expr/cel/frame.ts';
import { toJs } from '../../expr/cel/output.ts';
import { isError, type CelValue } from '../../expr/cel/values.ts';
import type { Expression } from '../../model/model.ts';
import type { ExpressionPlace } from '../attributes/expressions.ts';
import { RuleFailures } from '../authorization/rule-failures.ts';
import type { PolicyContext } from '../policies/policy.ts';

/** What an expression gives; undefined where it fails, which is logged and counted. */
export type Computed = (attributes: Activation) => CelValue | undefined;

/** What values are compiled with. */
export type ValueContext = Pick<PolicyContext, 'log' | 'metrics' | 'place' | 'expressions'>;

/** Compiles the expressions of one policy whose failures matter. */
export class ComputedValues {
  readonly #context: ValueContext;
  readonly #failures: RuleFailures;

  /** @param policy Its name, as the metric and the log say it. */
  constructor(context: ValueContext, policy: string) {
    const { log, metrics, place } = context;
    this.#context = context;
    this.#failures = new RuleFailures(log, metrics.policyExpressionErrors.with(policy), policy, place);
  }

  /**
   * @param name The expression's place in the policy.
   * @param effect What its failure means for the request.
   */
  compile(name: string, source: Expression, place: ExpressionPlace, effect: string): Computed {
    const program = this.#context.expressions.program(source, place);
    const report = this.#failures.reporter({ rule: name, effect, reads: [...program.references].join(', ') });
    return (attributes) => {
      const result = program.evaluate(attributes);
      if (!isError(result)) return result;
      report(result);
      return undefined;
    };
  }

  /** {@link compile} for each entry of a map. */
  all(
    name: string,
    sources: ReadonlyMap<string, Expression>,
    place: ExpressionPlace,
    effect: string,
  ): ReadonlyMap<string, Computed> {
    return new Map([...sources].map(([key, source]) => [key, this.compile(`${name}.${key}`, source, place, effect)]));
  }
}

/** The JSON of a value, for messages; undefined for none. */
export function jsonOf(value: CelValue | undefined): ProtoJson | undefined {
  return value === undefined ? undefined : toJs(value);
}

/** The values of a map as the members of a struct; those that failed are left out. */
export function structOf(values: ReadonlyMap<string, Computed>, attributes: Activation): ProtoStruct {
  const members: Record<string, ProtoJson> = {};
  for (const [name, compute] of values) {
    const json = jsonOf(compute(attributes));
    if (json !== undefined) Object.defineProperty(members, name, { value: json, enumerable: true });
  }
  return members;
}

/** True for a JSON object, which a struct can hold. */
export function isStruct(json: ProtoJson | undefined): json is ProtoStruct {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
