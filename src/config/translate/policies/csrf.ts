import type { CsrfSpec } from '../../../model/policies/csrf.ts';
import type { Csrf } from '../../schema/rewrite.ts';
import { warn, type Context, type Path } from '../context.ts';

/** `csrf`. */
export function csrf(context: Context, path: Path, { additionalOrigins }: Csrf): CsrfSpec {
  for (const [index, origin] of additionalOrigins.entries()) {
    const at: Path = [...path, 'additionalOrigins', index];
    if (origin === '*') warn(context, at, '* trusts pages of everybody, so that nothing is left to check');
    else if (origin !== 'null' && !/^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+$/i.test(origin)) {
      warn(context, at, `no page has the origin ${JSON.stringify(origin)}: write it as https://host, without a path`);
    }
  }
  return { additionalOrigins };
}
