/** Notifications of servers, as the client may see them. */
import { mapRelatedTask } from '../tasks/related.ts';
import { relayTaskStatus, TASK_STATUS } from '../tasks/status.ts';
import { mapStrings } from '../wire/2025-11-25/content.ts';
import { changedLists } from '../wire/2025-11-25/lists.ts';
import { withLogger, withMember } from '../wire/2025-11-25/rewrite.ts';
import { notificationText, type Message } from '../wire/jsonrpc.ts';
import type { Caller } from './caller.ts';
import type { Federation } from './federation.ts';
import { shownUri } from './names/resource-owner.ts';
import type { Upstream } from './upstream/upstream.ts';

/** See {@link UpstreamObserver.onNotification}. */
export function relayNotification(
  federation: Federation,
  upstream: Upstream,
  message: Message,
  caller: Caller | null,
  sure: boolean,
): void {
  const { method } = message;
  const { client } = federation;
  const changed = changedLists.get(method);
  if (changed !== undefined) {
    federation.lists.invalidate(upstream.index, changed);
    client.notify(method, '', null, false);
  } else if (method === 'notifications/progress') {
    relayProgress(federation, upstream, message, caller);
  } else if (TASK_STATUS.has(method)) {
    relayTaskStatus(federation, upstream, message);
  } else {
    const params = translate(federation, upstream, message);
    if (params === null) return;
    const related = mapRelatedTask(params, (id) => federation.tasks.show({ target: upstream.name, id }));
    client.notify(method, related, caller, sure);
  }
}

/** To the client that asked for it, on the stream of its request; after the answer only that of a task. */
function relayProgress(federation: Federation, upstream: Upstream, message: Message, caller: Caller | null): void {
  const { method, bodyText, params } = message;
  if (caller === null) {
    const token = federation.tasks.tokenOf(upstream.name, params?.['progressToken']);
    if (token !== '') federation.client.notify(method, withMember(bodyText, 'progressToken', token), null, false);
    return;
  }
  // Progress that goes back is none (2025-11-25, progress), but shows that the server is at work.
  const onward = caller.watch === null || caller.watch.passes(params?.['progress']);
  if (!onward || caller.progressToken === '' || caller.ended) return;
  caller.deliver(notificationText(method, withMember(bodyText, 'progressToken', caller.progressToken)));
}

/** The params for the client; null when it is not for the client. */
function translate(federation: Federation, upstream: Upstream, message: Message): string | null {
  const { method, bodyText, params } = message;
  switch (method) {
    case 'notifications/cancelled':
      return federation.questions.withdraw(upstream, message);
    case 'notifications/message':
      return federation.several ? withLogger(message, upstream.name) : bodyText;
    case 'notifications/resources/updated':
      return federation.several
        ? mapStrings(bodyText, [['uri']], (uri) => shownUri(federation, upstream.index, uri))
        : bodyText;
    case 'notifications/elicitation/complete':
      return federation.questions.sentTo(params?.['elicitationId']) ? bodyText : null;
    default:
      federation.settings.log.debug('mcp: a notification is not relayed', { target: upstream.name, method });
      return null;
  }
}
