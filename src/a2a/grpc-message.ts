import { message, nested, signed, text, type MessageType } from '../base/protobuf/message.ts';
import { ProtoError } from '../base/protobuf/reader.ts';
import type { A2aMethod, A2aVersion } from './operations.ts';

interface Message {
  readonly messageId?: string;
  readonly contextId?: string;
  readonly taskId?: string;
  readonly role?: number;
}

/** What a request of gRPC says of whom and what it is about. */
export interface GrpcNames {
  readonly tenant?: string;
  readonly contextId?: string;
  readonly message?: Message;
  /** The id of its task; in version 0.3 a name such as `tasks/ID`. */
  readonly task?: string;
}

/** `Role` of both versions. */
export const grpcRoles: readonly string[] = ['ROLE_UNSPECIFIED', 'ROLE_USER', 'ROLE_AGENT'];

/** The fields that both versions have alike. */
const messageType: MessageType<Message> = message('Message', {
  messageId: text(1),
  contextId: text(2),
  taskId: text(3),
  role: signed(4),
});

interface Decoder {
  decode(bytes: Buffer): GrpcNames;
}

type Tenant = Pick<GrpcNames, 'tenant'>;
type OfTask = Pick<GrpcNames, 'tenant' | 'task'>;
type OfMessage = Pick<GrpcNames, 'tenant' | 'message'>;
type OfContext = Pick<GrpcNames, 'tenant' | 'contextId'>;

const sent = (name: string, tenant: number, no: number): Decoder =>
  message<OfMessage>(name, { tenant: text(tenant), message: nested(no, messageType) });
const about = (name: string, tenant: number, task: number): Decoder =>
  message<OfTask>(name, { tenant: text(tenant), task: text(task) });
const list = (tenant: number, contextId: number): Decoder =>
  message<OfContext>('ListTasksRequest', { tenant: text(tenant), contextId: text(contextId) });
const card: Decoder = message<Tenant>('GetExtendedAgentCardRequest', { tenant: text(1) });

type Table = Readonly<Record<Exclude<A2aMethod, 'GetAgentCard'>, Decoder>>;

const requests: Readonly<Record<A2aVersion, Table>> = {
  '1.0': {
    SendMessage: sent('SendMessageRequest', 1, 2),
    SendStreamingMessage: sent('SendMessageRequest', 1, 2),
    GetTask: about('GetTaskRequest', 1, 2),
    ListTasks: list(1, 2),
    CancelTask: about('CancelTaskRequest', 1, 2),
    SubscribeToTask: about('SubscribeToTaskRequest', 1, 2),
    CreateTaskPushNotificationConfig: about('TaskPushNotificationConfig', 1, 3),
    GetTaskPushNotificationConfig: about('GetTaskPushNotificationConfigRequest', 1, 2),
    ListTaskPushNotificationConfigs: about('ListTaskPushNotificationConfigsRequest', 4, 1),
    DeleteTaskPushNotificationConfig: about('DeleteTaskPushNotificationConfigRequest', 1, 2),
    GetExtendedAgentCard: card,
  },
  // Tenants are those of release candidates of 1.0, which kept the package.
  '0.3': {
    SendMessage: sent('SendMessageRequest', 4, 1),
    SendStreamingMessage: sent('SendMessageRequest', 4, 1),
    GetTask: about('GetTaskRequest', 3, 1),
    ListTasks: list(9, 1),
    CancelTask: about('CancelTaskRequest', 2, 1),
    SubscribeToTask: about('TaskSubscriptionRequest', 2, 1),
    CreateTaskPushNotificationConfig: about('CreateTaskPushNotificationConfigRequest', 4, 1),
    GetTaskPushNotificationConfig: about('GetTaskPushNotificationConfigRequest', 2, 1),
    ListTaskPushNotificationConfigs: about('ListTaskPushNotificationConfigRequest', 4, 1),
    DeleteTaskPushNotificationConfig: about('DeleteTaskPushNotificationConfigRequest', 2, 1),
    GetExtendedAgentCard: card,
  },
};

/**
 * What the request in the body of a call says; why that cannot be told as text. All operations take one message, so the
 * body is one frame (gRPC over HTTP2, "Length-Prefixed-Message").
 */
export function readGrpcRequest(
  method: Exclude<A2aMethod, 'GetAgentCard'>,
  version: A2aVersion,
  body: Buffer,
): GrpcNames | string {
  if (body.byteLength < 5) return 'the call has no message';
  if (body[0] !== 0) return 'its message is compressed';
  if (body.readUInt32BE(1) !== body.byteLength - 5) return 'it does not consist of one message';
  try {
    return requests[version][method].decode(body.subarray(5));
  } catch (error) {
    if (error instanceof ProtoError) return error.message;
    throw error;
  }
}

/** The task in a resource name of version 0.3, `tasks/ID` and what is below; null where it is none. */
export function taskOfName(name: string): string | null {
  const [tasks, id = ''] = name.split('/');
  return tasks === 'tasks' && id !== '' ? id : null;
}
