import { wallMs } from '../../../base/clock.ts';
import type { Issue } from '../cached-token.ts';
import type { AwsKeys } from './keys.ts';

/** Keys without an end (a profile's file, the environment) are read again after this time, since files change. */
const rereadMs = 15 * 60_000;

/**
 * AWS's own chain: environment, profile (SSO, process and role included), web identity, container, instance metadata.
 * Its library is loaded when keys are first needed.
 */
export function issueChainKeys(region: string | undefined): Issue<AwsKeys> {
  return async () => {
    const { defaultProvider } = await import('./library.ts');
    // A new chain each time: it would remember keys itself. Silent, because it warns on the console.
    const silent = (): void => undefined;
    const provide = defaultProvider({
      logger: { trace: silent, debug: silent, info: silent, warn: silent, error: silent },
      ...(region === undefined ? {} : { clientConfig: { region } }),
    });
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await provide();
    const value = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    if (expiration === undefined) return { value, expiresMs: Infinity, refreshMs: wallMs() + rereadMs };
    return { value, expiresMs: expiration.getTime() };
  };
}
