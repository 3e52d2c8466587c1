import type { LlmProvider, ProviderSettings } from '../../model/llm.ts';
import type { BackendAuthSpec } from '../../model/policy.ts';
import { report, type Context, type Path } from './context.ts';
import type { CloudParams, ProviderRow } from './providers.ts';

/** What a file calls each parameter at the place of this provider. */
export type ParamNames = Readonly<Partial<Record<keyof CloudParams, string>>>;

/** Parameters that stand in hosts and paths. */
const inUrls: readonly (keyof CloudParams)[] = ['region', 'project', 'resource'];

const urlName = /^[A-Za-z0-9][\w.:-]*$/;

/**
 * The parameters with what the environment says where the file is silent; what is missing is reported, and the result
 * undefined.
 *
 * @param elsewhere The file says where the provider is, so that what only its own host is named after may be missing.
 */
export function completeParams(
  context: Context,
  path: Path,
  kind: string,
  row: ProviderRow,
  given: CloudParams,
  names: ParamNames,
  elsewhere: boolean,
): CloudParams | undefined {
  const params: Record<string, unknown> = { ...row.usual };
  for (const [name, variables] of Object.entries(row.needs ?? {})) {
    const value = variables.map((variable) => context.env[variable]).find((text) => text !== undefined && text !== '');
    if (value !== undefined) params[name] = value;
  }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) params[name] = value;
  let complete = true;
  for (const [name, variables] of Object.entries(row.needs ?? {})) {
    if (params[name] !== undefined) continue;
    if (elsewhere && (name === 'resource' || name === 'resourceType')) continue;
    const field = names[name as keyof CloudParams] ?? name;
    const hint = variables.length === 0 ? '' : `, or the environment variable ${variables[0]}`;
    report(context, path, `${kind} needs ${field}${hint}`);
    complete = false;
  }
  for (const name of inUrls) {
    const value = params[name];
    if (typeof value !== 'string' || urlName.test(value)) continue;
    report(context, path, `${names[name] ?? name} becomes a part of a URL and cannot be ${JSON.stringify(value)}`);
    complete = false;
  }
  return complete ? (params as CloudParams) : undefined;
}

/** What of the parameters the provider is told with each request, and its credential where nothing names one. */
export function cloudFields(row: ProviderRow, params: CloudParams): Pick<LlmProvider, 'settings' | 'usualAuth'> {
  const { apiVersion, guardrail } = params;
  const settings: ProviderSettings = {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(guardrail === undefined ? {} : { guardrail }),
  };
  return {
    ...(Object.keys(settings).length === 0 ? {} : { settings }),
    ...(row.auth === undefined ? {} : { usualAuth: row.auth(params) }),
  };
}

/** Signatures are for the provider's region, where the credential names none. */
export function forRegion(auth: BackendAuthSpec, { region }: CloudParams): BackendAuthSpec {
  return auth.kind === 'aws' && auth.region === undefined && region !== undefined ? { ...auth, region } : auth;
}

/** The object without its undefined members. */
export function definedOnly<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
