import { random } from '../../../base/random.ts';
import { Mirror } from '../../upstream/mirror-set.ts';
import type { PolicyFactory } from '../policy.ts';

/** Sends a copy of the request, body included, to other backends; their answers are read and dropped. */
export const requestMirror: PolicyFactory<'requestMirror'> = {
  kind: 'requestMirror',
  compile(specs, context) {
    const mirrors = specs.map((spec) => ({
      fraction: spec.fraction,
      mirror: new Mirror(context.upstream(spec.backend)),
    }));
    return {
      kind: 'requestMirror',
      request: function chooseMirrors(x) {
        for (const { fraction, mirror } of mirrors) {
          if (fraction >= 1 || random() < fraction) x.addMirror(mirror);
        }
        return undefined;
      },
      response: null,
    };
  },
};
