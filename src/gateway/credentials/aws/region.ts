import type { CredentialPorts } from '../ports.ts';

/** `bedrock-runtime.us-east-1.amazonaws.com` and its kin: FIPS, VPC endpoints, China, dual stack. */
const regionalHost = /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:vpce\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws)$/;

/** The region to sign for: the configured one, the host's, else the environment's; undefined where none says it. */
export function awsRegion(
  configured: string | undefined,
  host: string,
  env: CredentialPorts['env'],
): string | undefined {
  const named = configured ?? regionalHost.exec(host)?.[1] ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION']);
  return named === '' ? undefined : named;
}
