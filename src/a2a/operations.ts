/** What agents can be asked for, by the names of version 1.0. `GetAgentCard` is the public card, which is a document. */
export type A2aMethod =
  | 'SendMessage'
  | 'SendStreamingMessage'
  | 'GetTask'
  | 'ListTasks'
  | 'CancelTask'
  | 'SubscribeToTask'
  | 'CreateTaskPushNotificationConfig'
  | 'GetTaskPushNotificationConfig'
  | 'ListTaskPushNotificationConfigs'
  | 'DeleteTaskPushNotificationConfig'
  | 'GetExtendedAgentCard'
  | 'GetAgentCard';

/** How requests are written, as cards name it. */
export type A2aBinding = 'JSONRPC' | 'HTTP+JSON' | 'GRPC';

/** Versions of the protocol whose names are known. */
export type A2aVersion = '0.3' | '1.0';

/** Where a request of JSON-RPC says which task it is about: a member of its params. */
export type TaskMember = 'id' | 'taskId';

/** One operation. */
export interface Operation {
  readonly method: A2aMethod;
  /** Its answer is a stream of events. */
  readonly streaming: boolean;
  /** It is about a message, which may belong to a task. */
  readonly message: boolean;
  /** It is about one task, which a request has to name. */
  readonly task: boolean;
}

/** An operation by a name that belongs to one version. */
export interface NamedOperation extends Operation {
  readonly version: A2aVersion;
}

interface Row extends Omit<Operation, 'method'> {
  /** Method of JSON-RPC in 0.3, and the member that names the task; in 1.0 the method is the operation's own name. */
  readonly old: { readonly name: string; readonly by: TaskMember };
  /** The member that names the task in 1.0. */
  readonly by: TaskMember;
  /** Names of gRPC in package `a2a.v1`, those of release candidates of 1.0 included. */
  readonly grpc: readonly string[];
}

function row(
  kind: 'message' | 'task' | 'other',
  old: Row['old'],
  grpc: readonly string[],
  { streaming = false, by = 'id' }: Partial<Pick<Row, 'streaming' | 'by'>> = {},
): Row {
  return { streaming, message: kind === 'message', task: kind === 'task', old, by, grpc };
}

const byId = (name: string): Row['old'] => ({ name, by: 'id' });
const push = 'tasks/pushNotificationConfig';

const rows: Readonly<Record<Exclude<A2aMethod, 'GetAgentCard'>, Row>> = {
  SendMessage: row('message', byId('message/send'), ['SendMessage']),
  SendStreamingMessage: row('message', byId('message/stream'), ['SendStreamingMessage'], { streaming: true }),
  GetTask: row('task', byId('tasks/get'), ['GetTask']),
  // No method of JSON-RPC in 0.3 has this name in the specification; some agents have it all the same.
  ListTasks: row('other', byId('tasks/list'), ['ListTasks']),
  CancelTask: row('task', byId('tasks/cancel'), ['CancelTask']),
  SubscribeToTask: row('task', byId('tasks/resubscribe'), ['TaskSubscription', 'SubscribeToTask'], { streaming: true }),
  CreateTaskPushNotificationConfig: row(
    'task',
    { name: `${push}/set`, by: 'taskId' },
    ['CreateTaskPushNotificationConfig', 'SetTaskPushNotificationConfig'],
    { by: 'taskId' },
  ),
  GetTaskPushNotificationConfig: row('task', byId(`${push}/get`), ['GetTaskPushNotificationConfig'], { by: 'taskId' }),
  ListTaskPushNotificationConfigs: row(
    'task',
    byId(`${push}/list`),
    ['ListTaskPushNotificationConfig', 'ListTaskPushNotificationConfigs'],
    { by: 'taskId' },
  ),
  DeleteTaskPushNotificationConfig: row('task', byId(`${push}/delete`), ['DeleteTaskPushNotificationConfig'], {
    by: 'taskId',
  }),
  GetExtendedAgentCard: row('other', byId('agent/getAuthenticatedExtendedCard'), [
    'GetAgentCard',
    'GetExtendedAgentCard',
  ]),
};

const card: Operation = { method: 'GetAgentCard', streaming: false, message: false, task: false };

/** Every operation by its name. */
export const operations: ReadonlyMap<string, Operation> = new Map([
  ...Object.entries(rows).map(([method, { streaming, message, task }]): [string, Operation] => [
    method,
    { method: method as A2aMethod, streaming, message, task },
  ]),
  [card.method, card],
]);

/** The operation of this name. @throws Error where there is none */
export function operation(method: A2aMethod): Operation {
  const found = operations.get(method);
  if (found === undefined) throw new Error(`no operation ${method}`);
  return found;
}

/** An operation by its method of JSON-RPC, with the member that names its task. */
export type JsonRpcOperation = NamedOperation & { readonly by: TaskMember };

/** An operation that has a call of gRPC. */
export type GrpcOperation = NamedOperation & { readonly method: Exclude<A2aMethod, 'GetAgentCard'> };

const methods = Object.keys(rows) as GrpcOperation['method'][];

/** Operations by their methods of JSON-RPC; both versions have no name in common. */
export const jsonRpcMethods: ReadonlyMap<string, JsonRpcOperation> = new Map(
  methods.flatMap((method): [string, JsonRpcOperation][] => {
    const { old, by } = rows[method];
    const known = operation(method);
    return [
      [method, { ...known, version: '1.0', by }],
      [old.name, { ...known, version: '0.3', by: old.by }],
    ];
  }),
);

/** Operations by the paths of their calls of gRPC. */
export const grpcPaths: ReadonlyMap<string, GrpcOperation> = new Map(
  methods.flatMap((method): [string, GrpcOperation][] => {
    const known = { ...operation(method), method };
    return [
      [`/lf.a2a.v1.A2AService/${method}`, { ...known, version: '1.0' }],
      ...rows[method].grpc.map((name): [string, GrpcOperation] => [
        `/a2a.v1.A2AService/${name}`,
        { ...known, version: '0.3' },
      ]),
    ];
  }),
);
