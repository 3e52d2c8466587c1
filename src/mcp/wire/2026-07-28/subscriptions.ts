/** `subscriptions/listen`: one stream for all that a client wants to hear outside of its requests. */
import { eachMember, locate, splice, type Span } from '../json-text.ts';
import { codes, isObject, Message, notificationText, type Params } from '../jsonrpc.ts';
import { metaKeys, withMeta } from './envelope.ts';
import { ModernError } from './errors.ts';

/** What a listener wants to hear. */
export interface SubscriptionFilter {
  readonly tools: boolean;
  readonly prompts: boolean;
  readonly resources: boolean;
  readonly uris: ReadonlySet<string>;
  /** Of the tasks extension (SEP-2663, task status notifications). */
  readonly tasks: ReadonlySet<string>;
}

/**
 * The filter of a `subscriptions/listen` request.
 * @throws ModernError `-32602`
 */
export function readFilter(params: Params | null): SubscriptionFilter {
  const asked = params?.['notifications'];
  if (!isObject(asked)) throw invalid('notifications');
  const flag = (name: string): boolean => {
    const value = asked[name];
    if (value !== undefined && typeof value !== 'boolean') throw invalid(`notifications.${name}`);
    return value === true;
  };
  const strings = (name: string): ReadonlySet<string> => {
    const values = asked[name] ?? [];
    if (!Array.isArray(values) || !values.every((value) => typeof value === 'string')) {
      throw invalid(`notifications.${name}`);
    }
    return new Set(values as string[]);
  };
  return {
    tools: flag('toolsListChanged'),
    prompts: flag('promptsListChanged'),
    resources: flag('resourcesListChanged'),
    uris: strings('resourceSubscriptions'),
    tasks: strings('taskIds'),
  };
}

function invalid(name: string): ModernError {
  return new ModernError(200, codes.invalidParams, `Invalid params: ${name} is missing or not valid`);
}

/** What any of these filters lets through. */
export function unionOf(filters: readonly SubscriptionFilter[]): SubscriptionFilter {
  return {
    tools: filters.some(({ tools }) => tools),
    prompts: filters.some(({ prompts }) => prompts),
    resources: filters.some(({ resources }) => resources),
    uris: new Set(filters.flatMap(({ uris }) => [...uris])),
    tasks: new Set(filters.flatMap(({ tasks }) => [...tasks])),
  };
}

/** True for a filter that lets nothing through. */
export function isEmpty({ tools, prompts, resources, uris, tasks }: SubscriptionFilter): boolean {
  return !tools && !prompts && !resources && uris.size === 0 && tasks.size === 0;
}

/** A filter as the `notifications` member of a message. */
export function filterValue(filter: SubscriptionFilter): Record<string, unknown> {
  return {
    ...(filter.tools ? { toolsListChanged: true } : {}),
    ...(filter.prompts ? { promptsListChanged: true } : {}),
    ...(filter.resources ? { resourcesListChanged: true } : {}),
    ...(filter.uris.size > 0 ? { resourceSubscriptions: [...filter.uris] } : {}),
    ...(filter.tasks.size > 0 ? { taskIds: [...filter.tasks] } : {}),
  };
}

/** The first message of a stream: what of the filter will be heard. */
export function acknowledgement(filter: SubscriptionFilter, idText: string): string {
  const params = JSON.stringify({ notifications: filterValue(filter) });
  return notificationText('notifications/subscriptions/acknowledged', tagged(params, idText));
}

/** Params (text, maybe '') with the id of the stream that they are sent on. */
export function tagged(params: string, idText: string): string {
  return withMeta(params, new Map([[metaKeys.subscriptionId, idText]]));
}

/** The id of the stream that a notification was sent on, or undefined. */
export function subscriptionOf(params: Params | null): unknown {
  const meta = params?.['_meta'];
  return isObject(meta) ? meta[metaKeys.subscriptionId] : undefined;
}

/** The notification without the id of the stream that it came on. */
export function untagged(message: Message): Message {
  const { kind, id, idText, method, params, outcome, bodyText } = message;
  const metas: Span[] = [];
  locate(bodyText, 0, ['_meta'], metas);
  const last = metas.at(-1);
  if (last === undefined) return message;
  const kept: string[] = [];
  eachMember(bodyText, last.start, (key, start, end) => {
    if (key !== metaKeys.subscriptionId) kept.push(`${JSON.stringify(key)}:${bodyText.slice(start, end)}`);
  });
  const text = splice(bodyText, [{ ...last, text: `{${kept.join()}}` }]);
  return new Message(kind, id, idText, method, params, outcome, text);
}

/** Which member of a filter lets a notification through; null for those that need none. */
export function filterMember(method: string): 'tools' | 'prompts' | 'resources' | null {
  switch (method) {
    case 'notifications/tools/list_changed':
      return 'tools';
    case 'notifications/prompts/list_changed':
      return 'prompts';
    case 'notifications/resources/list_changed':
      return 'resources';
    default:
      return null;
  }
}
