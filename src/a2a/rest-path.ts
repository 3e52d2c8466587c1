import { operation, type A2aMethod, type A2aVersion, type Operation } from './operations.ts';

/** What a path may mean. */
export interface RestReading {
  readonly operation: Operation;
  /** The task that it names; '' where it names none. */
  readonly taskId: string;
  /** `/v1/` before the operation is of version 0.3; null: the path does not tell. */
  readonly version: A2aVersion | null;
}

/** Where cards are: since 0.3, and before. */
export const cardPaths: readonly string[] = ['/.well-known/agent-card.json', '/.well-known/agent.json'];

interface Pattern {
  readonly methods: readonly string[];
  readonly name: A2aMethod;
  /** The last segments, the very last one first. */
  readonly tail: readonly ((segment: string) => boolean)[];
  /** Which of them is the task. */
  readonly task?: number;
  /** What follows the task in its segment. */
  readonly verb?: string;
  /** It exists in version 0.3 only. */
  readonly old?: true;
}

const is = (text: string) => (segment: string) => segment.toLowerCase() === text.toLowerCase();
const any = (): boolean => true;
const plain = (segment: string): boolean => !/:(?:cancel|subscribe)$/i.test(segment);
const ending = (verb: string) => (segment: string) =>
  segment.length > verb.length && segment.toLowerCase().endsWith(verb);
// The paths of 0.3 have `task` where a configuration is made.
const tasks = (segment: string): boolean => is('tasks')(segment) || is('task')(segment);
const configs = is('pushNotificationConfigs');
const reads: readonly string[] = ['GET', 'HEAD'];

/** Frameworks compare paths whatever their case, so all of them are. The base of the agent and its tenant come before. */
const patterns: readonly Pattern[] = [
  ...cardPaths.map((path): Pattern => ({
    methods: reads,
    name: 'GetAgentCard',
    tail: path.split('/').slice(1).toReversed().map(is),
  })),
  { methods: ['POST'], name: 'SendMessage', tail: [is('message:send')] },
  { methods: ['POST'], name: 'SendStreamingMessage', tail: [is('message:stream')] },
  { methods: reads, name: 'ListTasks', tail: [is('tasks')] },
  { methods: reads, name: 'GetTask', tail: [plain, is('tasks')], task: 0 },
  { methods: ['POST'], name: 'CancelTask', tail: [ending(':cancel'), is('tasks')], task: 0, verb: ':cancel' },
  // The method is POST in the text of the specification, and GET in its proto: agents take both.
  {
    methods: [...reads, 'POST'],
    name: 'SubscribeToTask',
    tail: [ending(':subscribe'), is('tasks')],
    task: 0,
    verb: ':subscribe',
  },
  { methods: reads, name: 'ListTaskPushNotificationConfigs', tail: [configs, any, tasks], task: 1 },
  { methods: ['POST'], name: 'CreateTaskPushNotificationConfig', tail: [configs, any, tasks], task: 1 },
  { methods: reads, name: 'GetTaskPushNotificationConfig', tail: [any, configs, any, tasks], task: 2 },
  { methods: ['DELETE'], name: 'DeleteTaskPushNotificationConfig', tail: [any, configs, any, tasks], task: 2 },
  { methods: reads, name: 'GetExtendedAgentCard', tail: [is('extendedAgentCard')] },
  { methods: reads, name: 'GetExtendedAgentCard', tail: [is('card'), is('v1')], old: true },
];

/**
 * What a request of this method and path may mean in the REST binding; nothing where it is none, several readings where
 * servers may differ. Segments are decoded; null where one holds what servers read in different ways.
 */
export function restReadings(method: string, path: string): readonly RestReading[] | null {
  const segments = segmentsOf(path);
  if (segments === null) return null;
  const readings: RestReading[] = [];
  for (const { methods, name, tail, task, verb = '', old } of patterns) {
    if (!methods.includes(method) || tail.length > segments.length) continue;
    if (!tail.every((fits, i) => fits(segments[i] ?? ''))) continue;
    const named = task === undefined ? '' : (segments[task] ?? '');
    readings.push({
      operation: operation(name),
      taskId: named.slice(0, named.length - verb.length),
      version: old === true || is('v1')(segments[tail.length] ?? '') ? '0.3' : null,
    });
  }
  return readings;
}

/** From the last to the first; null where one cannot be told. Empty ones do not count: servers merge slashes. */
function segmentsOf(path: string): readonly string[] | null {
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    if (raw === '') continue;
    const segment = decoded(raw);
    // A slash within, parameters that some servers cut off, and dots that some resolve.
    if (segment === null || /[/\\;]/.test(segment) || /^\.{1,2}$/.test(segment)) return null;
    segments.push(segment);
  }
  return segments.reverse();
}

function decoded(segment: string): string | null {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}
