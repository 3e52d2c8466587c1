import { after, cancelTimer } from '../../../base/clock.ts';
import type { AzureTokenOrigin } from '../../../model/policy.ts';
import type { BearerToken } from '../bearer.ts';
import type { Issue, Issued } from '../cached-token.ts';
import type { CredentialPorts } from '../ports.ts';
import { issueForDeveloper } from './developer.ts';
import { issueForSecret, issueForWorkload, workloadOf } from './entra.ts';
import { issueForMachine } from './managed-identity.ts';

/** Milliseconds after which a machine counts as none of Azure's; its metadata service answers at once. */
const probeMs = 2000;

/** Microsoft Entra tokens for Azure's AI services. */
export function issueAzureToken(from: AzureTokenOrigin, ports: CredentialPorts): Issue<BearerToken> {
  switch (from.kind) {
    case 'clientSecret':
      return issueForSecret(from, ports);
    case 'managedIdentity':
      return issueForMachine(from.identity, ports);
    case 'workloadIdentity':
      return issueForWorkload(ports);
    case 'developer':
      return issueForDeveloper();
    case 'implicit':
      return issueImplicit(ports);
  }
}

/** The first of these that the environment has: a secret, a workload identity, the machine's identity, a developer's tool. */
function issueImplicit(ports: CredentialPorts): Issue<BearerToken> {
  const { env } = ports;
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: clientSecret } = env;
  if (tenantId && clientId && clientSecret) return issueForSecret({ tenantId, clientId, clientSecret }, ports);
  if (workloadOf(env) !== undefined) return issueForWorkload(ports);
  const machine = issueForMachine(clientId ? { by: 'clientId', id: clientId } : undefined, ports);
  const developer = issueForDeveloper();
  return (signal) => firstOf(machine, developer, signal);
}

async function firstOf(
  machine: Issue<BearerToken>,
  developer: Issue<BearerToken>,
  signal: AbortSignal,
): Promise<Issued<BearerToken>> {
  const probe = new AbortController();
  const timer = after(probeMs, () => probe.abort());
  try {
    return await machine(AbortSignal.any([signal, probe.signal]));
  } catch (onMachine) {
    try {
      return await developer(signal);
    } catch (onTools) {
      const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
      throw new Error(`no managed identity (${text(onMachine)}), and ${text(onTools)}`, { cause: onTools });
    }
  } finally {
    cancelTimer(timer);
  }
}
