import type { PolicyFactory } from '../policy.ts';
import { compileRequestModifier, compileResponseModifier } from './modify.ts';

/** Sets, adds and removes request fields. */
export const requestHeaderModifier: PolicyFactory<'requestHeaderModifier'> = {
  kind: 'requestHeaderModifier',
  compile(spec) {
    const modify = compileRequestModifier(spec);
    return {
      kind: 'requestHeaderModifier',
      request: function modifyRequestHeaders(x) {
        modify(x.request);
        return undefined;
      },
      response: null,
    };
  },
};

/** Sets, adds and removes response fields. */
export const responseHeaderModifier: PolicyFactory<'responseHeaderModifier'> = {
  kind: 'responseHeaderModifier',
  compile(spec) {
    const modify = compileResponseModifier(spec);
    return {
      kind: 'responseHeaderModifier',
      request: null,
      response: function modifyResponseHeaders(_x, head) {
        modify(head);
      },
    };
  },
};
