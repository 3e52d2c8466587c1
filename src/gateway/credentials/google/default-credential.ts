import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CredentialPorts } from '../ports.ts';

/**
 * Text of the credential file that the environment names or that gcloud wrote; undefined where there is none, and the
 * machine has to be asked. Rejects with a readable Error. https://google.aip.dev/auth/4110
 */
export async function defaultCredential(env: CredentialPorts['env']): Promise<string | undefined> {
  const named = env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (named !== undefined && named !== '') {
    return readFile(named, 'utf8').catch((cause: unknown) => {
      throw new Error('GOOGLE_APPLICATION_CREDENTIALS names a file that cannot be read', { cause });
    });
  }
  return readFile(join(gcloudFolder(env), 'application_default_credentials.json'), 'utf8').catch(() => undefined);
}

function gcloudFolder(env: CredentialPorts['env']): string {
  if (env['CLOUDSDK_CONFIG']) return env['CLOUDSDK_CONFIG'];
  if (env['APPDATA']) return join(env['APPDATA'], 'gcloud');
  return join(env['HOME'] || homedir(), '.config', 'gcloud');
}
