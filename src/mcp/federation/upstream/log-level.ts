/** What servers log for whom. */
import { mcpLimits } from '../../limits.ts';
import { TargetError } from '../../transports/transport.ts';
import { logLevels as levels } from '../../wire/log-levels.ts';
import type { Upstream } from './upstream.ts';

/** True when a message of `level` is wanted by one who asked for `wanted` ('' asks for none). */
export function logs(wanted: string, level: unknown): boolean {
  const least = levels.indexOf(wanted);
  return least !== -1 && typeof level === 'string' && levels.indexOf(level) >= least;
}

/** The level that lets most through; '' of none. */
export function mostVerbose(wanted: readonly string[]): string {
  return wanted.reduce(
    (most, level) => (most === '' || levels.indexOf(level) < levels.indexOf(most) ? level : most),
    '',
  );
}

/**
 * Makes a server with sessions log for a request that wants `level`, '' for none. Requests of several clients share the
 * session, so the level only ever becomes more verbose; each client gets what it asked for.
 */
export async function logAs(upstream: Upstream, level: string): Promise<void> {
  const wanted = levels.indexOf(level);
  if (wanted === -1 || upstream.modern || upstream.hello?.logging !== true) return;
  if (upstream.logLevel !== '' && levels.indexOf(upstream.logLevel) <= wanted) return;
  await setLevel(upstream, JSON.stringify({ level }), level);
}

/** Has a server that has not been greeted yet told the level when it is. */
export function promiseLevel(upstream: Upstream, params: string, level: string): void {
  upstream.logLevel = level;
  upstream.restoreWith('level', 'logging/setLevel', params);
}

/** Tells a server the level of its log messages, now and after a reconnection. Rejects with TargetError. */
export async function setLevel(upstream: Upstream, params: string, level: string): Promise<void> {
  const former = upstream.logLevel;
  upstream.logLevel = level;
  // Without a session every request says it.
  if (upstream.modern) return;
  const reply = await upstream.request(upstream.mintId(), 'logging/setLevel', params, null, mcpLimits.listTimeoutMs);
  if (reply.kind === 'error') {
    upstream.logLevel = former;
    throw new TargetError('refused the log level');
  }
  upstream.restoreWith('level', 'logging/setLevel', params);
}
