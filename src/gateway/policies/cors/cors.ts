import { HeaderList } from '../../../net/http/headers.ts';
import { addVary } from '../../../net/http/vary.ts';
import type { PolicyFactory } from '../policy.ts';
import { compileOrigins, crossOrigin } from './origin-rules.ts';
import { compilePreflight, isPreflight } from './preflight.ts';

/**
 * Lets pages of other origins in (Fetch standard, "CORS protocol"). As in Envoy, preflights are answered here, those of
 * other origins without a word, and any other request goes on: what a page of another origin may not do is read the
 * answer. The policy alone says so: what the upstream says is replaced.
 */
export const cors: PolicyFactory<'cors'> = {
  kind: 'cors',
  compile(spec) {
    const answerFor = compileOrigins(spec);
    const preflight = compilePreflight(spec);
    const exposed = spec.exposeHeaders.join(', ');
    const self = {};
    return {
      kind: 'cors',
      onErrors: true,
      request: function checkOrigin(x) {
        const origin = x.request.headers.combined('origin');
        if (origin === undefined) return undefined;
        const answer = answerFor(origin);
        if (answer !== null) crossOrigin.set(x, { policy: self, ...answer });
        if (!isPreflight(x.request)) return undefined;
        return { status: 200, headers: answer === null ? new HeaderList() : preflight(x.request), body: '' };
      },
      response: function addCorsFields(x, { headers }) {
        addVary(headers, 'Origin');
        const granted = crossOrigin.get(x);
        // Of several policies the last that lets the page in has a say.
        if (granted !== null && granted.policy !== self) return;
        if (granted === null) headers.delete('access-control-allow-origin');
        else headers.set('access-control-allow-origin', granted.allowOrigin);
        if (granted?.credentials === true) headers.set('access-control-allow-credentials', 'true');
        else headers.delete('access-control-allow-credentials');
        if (granted !== null && exposed !== '') headers.set('access-control-expose-headers', exposed);
      },
    };
  },
};
