import { localConfig } from '../schema/config.ts';
import { visitObjects } from '../schema/kit/walk.ts';
import { formatPath, type Path } from './context.ts';

/** A field of the schema, as `Definition.field`, that is valid but whose behaviour does not exist yet. */
export interface UnsupportedRow {
  readonly field: string;
  /** The only values that are not refused. */
  readonly allowed?: readonly string[];
  /** Empty lists, maps and texts are not refused. */
  readonly unlessEmpty?: true;
  /** The values that are refused; without this and the two above, every value. */
  readonly when?: (value: unknown, path: Path) => boolean;
  /** Shown after the path. */
  readonly hint?: string;
}

/** A value that the file has and the gateway cannot honour. */
export interface UnsupportedUse {
  readonly path: Path;
  readonly message: string;
}

const isOneOf =
  (...words: readonly string[]) =>
  (value: unknown): boolean =>
    typeof value === 'string' && words.includes(value);

const offersOther = (value: unknown): boolean =>
  Array.isArray(value) && !value.every((entry) => ['h2', 'http/1.1'].includes(bytesOf(entry) ?? String(entry)));

const http3 = isOneOf('3', '3.0', 'HTTP/3');
const spoken = 'only h2 and http/1.1 are spoken';

function rows(
  definition: string,
  fields: readonly string[],
  rest: Omit<UnsupportedRow, 'field'> = {},
): UnsupportedRow[] {
  return fields.map((field) => ({ field: `${definition}.${field}`, ...rest }));
}

/** The one list of what agentgateway has and Waygate does not have yet. Whoever builds something takes its rows out. */
export const unsupportedRows: readonly UnsupportedRow[] = [
  ...rows('LocalConfig', ['routeGroups'], { unlessEmpty: true }),
  ...rows('LocalConfig', ['ui']),

  ...rows('ProcessConfig', ['localXdsPath', 'xdsAddress', 'caAddress', 'spiffe', 'database', 'tracing']),
  ...rows('ProcessConfig', ['modelCatalog'], { unlessEmpty: true }),
  ...rows('ProcessConfig', ['histograms'], { allowed: ['classic'] }),
  ...rows('Storage', ['mode'], { allowed: ['file', 'readOnly'] }),
  ...rows('Logging', ['database']),

  ...rows('Bind', ['tunnelProtocol'], { allowed: ['direct', 'proxy', 'connect'] }),
  ...rows('Listener', ['protocol'], { allowed: ['HTTP', 'HTTPS', 'TCP', 'TLS'] }),
  ...rows('ListenerTls', ['spiffe']),

  ...rows('FrontendPolicies', ['tracing']),
  ...rows('FrontendTls', ['alpn'], { when: offersOther, hint: spoken }),
  ...rows('AccessLog', ['otlp', 'database']),

  ...rows('RoutePolicies', ['a2a'], {
    when: (_, path) => path[0] === 'mcp',
    hint: 'only hosts and services are agents',
  }),
  ...rows('RoutePolicies', ['mcpGuardrails']),
  ...rows('RoutePolicies', ['ai'], {
    when: (_, path) => path[0] === 'policies' || path[0] === 'mcp',
    hint: 'put it at the route or at the backend',
  }),
  ...rows('BackendName', ['section']),
  ...rows('PolicyTarget', ['listenerSet']),

  ...rows('BackendRef', ['service'], {
    when: (_, path) => path.includes('proxy'),
    hint: 'name the proxy by host, or as a backend of the backends list',
  }),
  ...rows('RouteBackend', ['aws', 'routeGroup']),
  ...rows('NamedBackend', ['aws']),
  ...rows('BackendPolicies', ['a2a', 'mcpAuthorization', 'extAuthz'], {
    when: (_, path) => path.some((part) => ['mcp', 'ai', 'llm', 'tcpRoutes'].includes(String(part))),
    hint: 'put it at the route or at the whole backend',
  }),
  ...rows('BackendPolicies', ['mcpGuardrails', 'inferenceRouting']),
  ...rows('Service', ['waypoint']),
  ...rows('Workload', ['waypoint', 'networkGateway']),
  ...rows('Workload', ['protocol'], { allowed: ['TCP'] }),
  ...rows('BackendHttp', ['version'], { when: http3, hint: 'only 1.1 and 2 are spoken' }),
  ...rows('BackendTls', ['spiffe']),
  ...rows('BackendTls', ['alpn'], { when: offersOther, hint: spoken }),

  ...rows('AiPolicy', ['promptGuard']),
  ...rows('OpenAiProvider', ['moderation']),
  ...rows('LlmPolicies', ['guardrails']),
  ...rows('LlmModel', ['guardrails']),

  ...rows('McpTarget', ['openapi']),
];

/** Fields that are accepted and change nothing, and why nothing is lost by it. */
export const acceptedFields: Readonly<Record<string, string>> = {
  'ProcessConfig.namespace': 'names this proxy to a control plane, which xdsAddress would name',
  'ProcessConfig.gateway': 'names this proxy to a control plane, which xdsAddress would name',
  'ProcessConfig.xdsAuthToken': 'belongs to xdsAddress',
  'ProcessConfig.caAuthToken': 'belongs to caAddress',
  'ProcessConfig.trustDomain': 'belongs to caAddress',
  'ProcessConfig.additionalTrustDomains': 'belongs to caAddress',
  'ProcessConfig.skipValidateTrustDomain': 'belongs to caAddress',
  'ProcessConfig.serviceAccount': 'belongs to caAddress',
  'ProcessConfig.standardAttributes': 'columns of the request database',
  'ProcessConfig.hbone': 'tunes a protocol that tunnelProtocol would turn on',
  'ProcessConfig.storage': 'where changes made in the UI go; hybrid is refused',
  'Dns.edns0': 'the system resolver decides',
  'Listener.namespace': 'nothing in a file refers to the namespace of a listener',
  'Listener.policies': 'holds refused kinds only',
  'TargetedPolicy.name': 'nothing in a file refers to a policy',
  'TargetedPolicy.phase': 'the kinds of phase gateway are all refused',
  'BackendName.namespace': 'a file has one namespace of backends',
  'Service.name': 'routes name a service by its host name',
  'Service.vips': 'addresses that are only known in a mesh, whose traffic is not captured',
  'Service.subjectAltNames': 'identities in a mesh, which protocol HBONE would ask for',
  'Workload.networkMode': 'who shares an address matters to a mesh only',
  'Workload.trustDomain': 'part of an identity, which protocol HBONE would ask for',
  'Workload.serviceAccount': 'part of an identity, which protocol HBONE would ask for',
  'Workload.workloadName': 'a name for telemetry of a mesh',
  'Workload.workloadType': 'a name for telemetry of a mesh',
  'Workload.canonicalName': 'a name for telemetry of a mesh',
  'Workload.canonicalRevision': 'a name for telemetry of a mesh',
  'Workload.authorizationPolicies': 'held by the workload, not by who calls it',
  'Llm.policies': 'holds refused kinds only',
};

const byField: ReadonlyMap<string, UnsupportedRow> = new Map(unsupportedRows.map((row) => [row.field, row]));

/** Everything in a file that {@link unsupportedRows} refuses. `value` is the file as read, before defaults. */
export function findUnsupported(value: unknown): readonly UnsupportedUse[] {
  const uses: UnsupportedUse[] = [];
  visitObjects(localConfig, value, (node, object, path) => {
    if (uses.some((use) => isBelow(path, use.path))) return;
    for (const [key, part] of Object.entries(object)) {
      const name = Object.hasOwn(node.aliases, key) ? (node.aliases[key] ?? key) : key;
      const row = byField.get(`${node.name}.${name}`);
      const at: Path = [...path, key];
      if (row === undefined || part === null || part === undefined) continue;
      if (!refuses(row, part, at)) continue;
      // Other texts may be secrets.
      const shown = typeof part === 'string' && (row.allowed ?? row.when) !== undefined ? `: ${part}` : '';
      const hint = row.hint ?? (row.allowed === undefined ? undefined : `only ${row.allowed.join(' and ')}`);
      uses.push({
        path: at,
        message: `not supported yet: ${formatPath(at)}${shown}${hint === undefined ? '' : ` (${hint})`}`,
      });
    }
  });
  return uses;
}

function refuses(row: UnsupportedRow, value: unknown, path: Path): boolean {
  if (row.allowed !== undefined) return typeof value !== 'string' || !row.allowed.includes(value);
  if (row.unlessEmpty === true) return value !== '' && Object.keys(value as object).length > 0;
  return row.when === undefined || row.when(value, path);
}

function isBelow(path: Path, above: Path): boolean {
  return path.length >= above.length && above.every((part, index) => part === path[index]);
}

function bytesOf(entry: unknown): string | undefined {
  return Array.isArray(entry) && entry.every((byte) => typeof byte === 'number')
    ? String.fromCharCode(...(entry as number[]))
    : undefined;
}
