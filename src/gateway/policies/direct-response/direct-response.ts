import type { DirectResponseSpec } from '../../../model/policy.ts';
import { isToken } from '../../../net/http/fields.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import type { Expressions } from '../../attributes/expressions.ts';
import type { Exchange } from '../../exchange.ts';
import { computedValue } from '../headers/field-text.ts';
import type { ConditionalPolicyFactory, LocalReply } from '../policy.ts';

const noBody = new Uint8Array();

/** Answers without a backend. */
export const directResponse: ConditionalPolicyFactory<'directResponse'> = {
  kind: 'directResponse',
  conditional: true,
  failedCondition: 'pass',
  compile(spec, { expressions }) {
    const reply = compileReply(spec, expressions);
    return {
      kind: 'directResponse',
      request: function respondDirectly(x) {
        return reply(x);
      },
      response: null,
    };
  },
};

function compileReply(spec: DirectResponseSpec, expressions: Expressions): (x: Exchange) => LocalReply {
  const { status } = spec;
  const headers = [...spec.headers].map(([name, source]) => {
    if (!isToken(name)) throw new Error(`directResponse: ${JSON.stringify(name)} is not a header name`);
    return { name: name.toLowerCase(), text: expressions.text(source, 'request') };
  });
  const body = spec.bodyExpression === undefined ? null : expressions.bytes(spec.bodyExpression, 'request');
  const fixedBody = spec.body ?? noBody;
  return (x) => {
    const list = new HeaderList();
    for (const { name, text } of headers) {
      // A client may have a say in what an expression yields: it must not be able to end the field.
      const computed = text(x.attributes());
      const value = computed === undefined ? undefined : computedValue(computed);
      if (value !== undefined) list.append(name, value);
    }
    return { status, headers: list, body: body === null ? fixedBody : body(x.attributes()) };
  };
}
