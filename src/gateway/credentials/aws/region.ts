import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CredentialPorts } from '../ports.ts';

/** `bedrock-runtime.us-east-1.amazonaws.com` and its kin: FIPS, VPC endpoints, China, dual stack. */
const regionalHost = /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/**
 * The region to sign for: the configured one, the host's, else the environment's or its profile's; undefined where none
 * says it. Looks at the profile's file each time, so it is for configuration time.
 */
export function awsRegion(
  configured: string | undefined,
  host: string,
  env: CredentialPorts['env'],
): string | undefined {
  const named = configured ?? regionalHost.exec(host)?.[1] ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION']);
  return named || profileRegion(env);
}

/** https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html */
function profileRegion(env: CredentialPorts['env']): string | undefined {
  const file = env['AWS_CONFIG_FILE'] || join(env['HOME'] || homedir(), '.aws', 'config');
  const profile = env['AWS_PROFILE'] || 'default';
  const titles = profile === 'default' ? ['default', 'profile default'] : [`profile ${profile}`];
  let inside = false;
  for (const line of textOf(file).split('\n')) {
    const title = /^\s*\[\s*(.*?)\s*\]/.exec(line)?.[1];
    if (title !== undefined) inside = titles.includes(title.replace(/\s+/, ' '));
    const region = inside ? /^region\s*=\s*(\S+)/.exec(line)?.[1] : undefined;
    if (region !== undefined) return region;
  }
  return undefined;
}

/** '' for a file that is not there. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // most machines have none
  }
}
