import type { RequestMirrorSpec } from '../../../model/policy.ts';
import type { RequestMirror } from '../../schema/rewrite.ts';
import { hostAt } from '../address.ts';
import { formatPath, report, useBackend, type Context, type Path } from '../context.ts';

/** `requestMirror`. */
export function requestMirror(
  context: Context,
  path: Path,
  config: RequestMirror,
): readonly RequestMirrorSpec[] | undefined {
  const { backend, host, service } = config.backend;
  if (service !== undefined) {
    const at: Path = [...path, 'backend', 'service'];
    const found = context.serviceAt(at, service, formatPath(at));
    return found === undefined ? undefined : [{ backend: found, fraction: config.percentage }];
  }
  if (backend !== undefined) {
    const name = useBackend(context, [...path, 'backend', 'backend'], backend, 'host');
    return [{ backend: { kind: 'named', name }, fraction: config.percentage }];
  }
  if (host === undefined) return undefined;
  const at: Path = [...path, 'backend', 'host'];
  const target = hostAt(context, at, host, { noPath: 'the copy keeps the path of the request' });
  if (target === undefined) return undefined;
  if (target.tls) {
    report(context, at, 'to mirror over TLS, name a backend of the backends list that has policies.backendTLS');
    return undefined;
  }
  return [{ backend: { kind: 'host', address: target.address }, fraction: config.percentage }];
}
