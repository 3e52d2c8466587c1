import type { DirectResponseSpec } from '../../../model/policy.ts';
import { HeaderList } from '../../../net/http/headers.ts';
import { compileBytes, compileCondition, compileText } from '../../attributes/expressions.ts';
import type { Exchange } from '../../exchange.ts';
import type { LocalReply, PolicyFactory } from '../policy.ts';

const noBody = new Uint8Array();

/** Answers without a backend; of conditional variants the first that holds, none: the request goes on. */
export const directResponse: PolicyFactory<'directResponse'> = {
  kind: 'directResponse',
  compile(variants) {
    const compiled = variants.map(({ condition, policy }) => ({
      holds: condition === undefined ? null : compileCondition(condition, 'request'),
      reply: compileReply(policy),
    }));
    return {
      kind: 'directResponse',
      request: function respondDirectly(x) {
        for (const { holds, reply } of compiled) {
          if (holds === null || holds(x.attributes())) return reply(x);
        }
        return undefined;
      },
      response: null,
    };
  },
};

function compileReply(spec: DirectResponseSpec): (x: Exchange) => LocalReply {
  const { status } = spec;
  const headers = [...spec.headers].map(([name, source]) => ({ name, value: compileText(source, 'request') }));
  const body = spec.bodyExpression === undefined ? null : compileBytes(spec.bodyExpression, 'request');
  const fixedBody = spec.body ?? noBody;
  return (x) => {
    const list = new HeaderList();
    for (const { name, value } of headers) {
      const text = value(x.attributes());
      if (text !== undefined) list.append(name, text);
    }
    return { status, headers: list, body: body === null ? fixedBody : body(x.attributes()) };
  };
}
